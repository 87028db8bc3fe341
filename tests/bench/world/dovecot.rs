//! A Dovecot of one's own beside the one that may be installed: its configuration, mail, port and processes are in a temporary folder.
//!
//! It needs root (its processes change users) and Debian's `dovecot-imapd` package. As Debian sets it up, but for: mdbox (its quickest kind of mailbox for
//! COPY and many messages), TLS on one port, one password for everybody in the clear (which spares it hashing), a log-in process that serves many
//! clients, and no limit of connections a person.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use house::Wire;

use super::processes;
use crate::Outcome;
use crate::talk::PASSWORD;

const PROGRAM: &str = "/usr/sbin/dovecot";
const START: Duration = Duration::from_secs(30);
/// Who owns the mail.
const MAIL_USER: &str = "mail";

pub struct Dovecot {
    folder: PathBuf,
    master: Option<Child>,
    pub port: u16,
}

/// The installed version, or what is missing.
pub fn version() -> Result<String, String> {
    if !rustix::process::geteuid().is_root() {
        return Err("Dovecot is left out: it needs root".to_owned());
    }
    let told = Command::new("dpkg-query")
        .args(["-W", "-f", "${Version}", "dovecot-imapd"])
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    if told.is_empty() || !Path::new(PROGRAM).exists() {
        return Err("Dovecot is left out: Debian's dovecot-imapd is not installed".to_owned());
    }
    Ok(told)
}

impl Dovecot {
    pub fn start() -> Outcome<Dovecot> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder =
            std::env::temp_dir().join(format!("pillarbox-dovecot-{}-{port}", std::process::id()));
        let mut dovecot = Dovecot {
            folder,
            master: None,
            port,
        };
        dovecot.furnish()?;
        let begun = Instant::now();
        let log = fs::File::create(dovecot.folder.join("output"))?;
        let master = Command::new(PROGRAM)
            .arg("-F")
            .arg("-c")
            .arg(dovecot.folder.join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        dovecot.master = Some(master);
        while begun.elapsed() < START {
            if let Ok(mut wire) = Wire::connect_tls(port, &house::wire::trusting())
                && wire.expect("* OK").is_ok()
            {
                return Ok(dovecot);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let said = fs::read_to_string(dovecot.folder.join("log")).unwrap_or_default();
        Err(format!("Dovecot did not start: {said}").into())
    }

    /// Where everybody's mail lies.
    pub fn homes(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// Master, its helpers and the processes of its clients.
    pub fn pids(&self) -> Vec<u32> {
        processes::family(self.master.as_ref().map(Child::id))
    }

    fn furnish(&self) -> Outcome<()> {
        let folder = &self.folder;
        fs::create_dir_all(self.homes())?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        let (user, group) = (
            processes::id(&["-u", MAIL_USER])?,
            processes::id(&["-g", MAIL_USER])?,
        );
        chown(self.homes(), Some(user), Some(group))?;
        let made = rcgen::generate_simple_self_signed([house::HOSTNAME.to_owned()])?;
        fs::write(folder.join("cert.pem"), made.cert.pem())?;
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem())?;
        let (home, port) = (folder.display(), self.port);
        // A `<` before a name: read from that file.
        fs::write(
            folder.join("dovecot.conf"),
            format!(
                "base_dir = {home}/run\nstate_dir = {home}/state\nlog_path = {home}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
                 ssl = required\nssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem\n\
                 first_valid_uid = 1\nmail_location = mdbox:~/mdbox\nmail_max_userip_connections = 10000\nauth_mechanisms = plain\n\
                 service imap-login {{\n  chroot =\n  service_count = 0\n  inet_listener imap {{\n    port = 0\n  }}\n  \
                 inet_listener imaps {{\n    port = {port}\n    ssl = yes\n  }}\n}}\n\
                 passdb {{\n  driver = static\n  args = password={}\n}}\n\
                 userdb {{\n  driver = static\n  args = uid={MAIL_USER} gid={MAIL_USER} home={home}/home/%n\n}}\n\
                 namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n",
                PASSWORD.replace(' ', "_")
            ),
        )?;
        Ok(())
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if let Some(mut master) = self.master.take()
            && let Some(pid) = rustix::process::Pid::from_raw(master.id().cast_signed())
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = master.wait();
            // Those that did not hear it are in its process group, which is nobody else's.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
