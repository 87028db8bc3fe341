//! A Postfix of one's own beside the one that may be installed: its configuration, queue, ports and processes are in a temporary folder.
//!
//! It needs root (its processes change users, and the resolver that they ask is set in a mount namespace of their own) and Debian's `postfix`
//! package. As Debian sets it up, but for: no chroot, no log, TLS to the client and to remotes, and as many connections as the box makes, 20 in all and 2
//! to a destination. People need not log in (from its own network), which spares it an AUTH a connection.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use house::Wire;

use super::{World, processes};
use crate::Outcome;

const MASTER: &str = "/usr/lib/postfix/sbin/master";
const START: Duration = Duration::from_secs(60);

const SERVICES: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - 20 smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsproxy unix - - n - 0 tlsproxy
";

pub struct Postfix {
    folder: PathBuf,
    master: Option<Child>,
    pub port: u16,
    /// From `exec` to the greeting.
    pub started: Duration,
}

/// The installed version, or what is missing.
pub fn version() -> Result<String, String> {
    if !rustix::process::geteuid().is_root() {
        return Err("Postfix is left out: it needs root".to_owned());
    }
    let told = Command::new("dpkg-query")
        .args(["-W", "-f", "${Version}", "postfix"])
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    if told.is_empty() || !Path::new(MASTER).exists() {
        return Err("Postfix is left out: Debian's package is not installed".to_owned());
    }
    Ok(told)
}

impl Postfix {
    /// `reuse`: connections over TLS are used again, which is off by default (smtp_tls_connection_reuse).
    pub fn start(world: &World, reuse: bool) -> Outcome<Postfix> {
        if world.dns.port() != 53 {
            return Err("Postfix needs the resolver on port 53".into());
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder =
            std::env::temp_dir().join(format!("pillarbox-postfix-{}-{port}", std::process::id()));
        let mut postfix = Postfix {
            folder,
            master: None,
            port,
            started: Duration::ZERO,
        };
        postfix.furnish(world, reuse)?;
        postfix.start_again()?;
        Ok(postfix)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// SIGTERM to master, which takes its processes along.
    pub fn stop(&mut self) -> Outcome<()> {
        let Some(mut master) = self.master.take() else {
            return Ok(());
        };
        if let Some(pid) = rustix::process::Pid::from_raw(master.id().cast_signed()) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
            master.wait()?;
            // Those that did not hear it are in its process group, which is nobody else's.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
        Ok(())
    }

    pub fn start_again(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        let resolver = self.folder.join("resolv.conf");
        let script = format!(
            "mount --bind {} /etc/resolv.conf && exec {MASTER} -c {} -d",
            resolver.display(),
            self.folder.display()
        );
        let log = fs::File::create(self.folder.join("log"))?;
        let master = Command::new("unshare")
            .args(["-m", "sh", "-c", &script])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        self.master = Some(master);
        while begun.elapsed() < START {
            if let Ok(mut wire) = Wire::connect_tls(self.port, &house::wire::trusting())
                && wire.expect("220").is_ok()
            {
                self.started = begun.elapsed();
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let said = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("Postfix did not start: {said}").into())
    }

    /// Master and all its children.
    pub fn pids(&self) -> Vec<u32> {
        processes::family(self.master.as_ref().map(Child::id))
    }

    /// PSS of all processes, KB.
    pub fn memory_kb(&self) -> u64 {
        processes::memory_kb(&self.pids())
    }

    /// Processor time of all processes, those that have ended too.
    pub fn cpu(&self) -> Duration {
        processes::cpu(self.master.as_ref().map(Child::id))
    }

    fn furnish(&self, world: &World, reuse: bool) -> Outcome<()> {
        let folder = &self.folder;
        let (user, group) = (
            processes::id(&["-u", "postfix"])?,
            processes::id(&["-g", "postfix"])?,
        );
        fs::create_dir_all(folder.join("data"))?;
        chown(folder.join("data"), Some(user), Some(group))?;
        for name in [
            "incoming", "active", "deferred", "defer", "bounce", "trace", "flush", "hold",
            "corrupt", "saved", "private", "public", "maildrop",
        ] {
            let path = folder.join("queue").join(name);
            fs::create_dir_all(&path)?;
            chown(path, Some(user), Some(group))?;
        }
        fs::create_dir_all(folder.join("queue/pid"))?;
        let made = rcgen::generate_simple_self_signed([house::HOSTNAME.to_owned()])?;
        let pem = made.signing_key.serialize_pem() + &made.cert.pem();
        fs::write(folder.join("certificate.pem"), pem)?;
        let ip = world.dns.ip();
        fs::write(folder.join("resolv.conf"), format!("nameserver {ip}\n"))?;
        let port = self.port;
        fs::write(
            folder.join("master.cf"),
            format!("127.0.0.1:{port} inet n - n - - smtpd\n{SERVICES}"),
        )?;
        let reuse = if reuse { "yes" } else { "no" };
        let (home, remote) = (folder.display(), world.port);
        fs::write(
            folder.join("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {home}/queue\ndata_directory = {home}/data\n\
                 myhostname = {}\nmydestination = {}\nlocal_recipient_maps =\nalias_maps =\nmynetworks = 127.0.0.0/8\n\
                 inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nbiff = no\nappend_dot_mydomain = no\n\
                 smtpd_tls_wrappermode = yes\nsmtpd_tls_security_level = encrypt\nsmtpd_tls_chain_files = {home}/certificate.pem\n\
                 smtp_tcp_port = {remote}\nsmtp_tls_security_level = may\n\
                 smtp_tls_session_cache_database = btree:${{data_directory}}/smtp_scache\nsmtp_tls_connection_reuse = {reuse}\n\
                 smtp_destination_concurrency_limit = 2\nmaillog_file =\n",
                house::HOSTNAME,
                house::DOMAIN
            ),
        )?;
        Ok(())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
