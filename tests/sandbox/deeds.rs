//! Deeds: what a box that was taken over would try, and what it needs every day.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::told;

/// What is there before the sandbox is entered.
#[derive(Default)]
pub(crate) struct Prepared {
    child: Option<Child>,
    listener: Option<UnixListener>,
}

#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    Done,
    /// With this error.
    Refused(i32),
    /// By this landlock and newer ones.
    RefusedSince(u32, i32),
}

pub(crate) struct Deed {
    pub(crate) name: &'static str,
    /// It takes root, if only in a namespace.
    pub(crate) as_root: bool,
    /// Inside is the sandbox of who only works on files.
    pub(crate) on_files_alone: bool,
    pub(crate) prepare: fn(&Path) -> Prepared,
    pub(crate) try_it: fn(&Path, Prepared) -> io::Result<()>,
    /// 0, or the error that says that the kernel itself looked at nonsense.
    pub(crate) outside: i32,
    pub(crate) inside: Outcome,
}

const EPERM: Outcome = Outcome::Refused(libc::EPERM);
const EACCES: Outcome = Outcome::RefusedSince(1, libc::EACCES);

fn nothing(_: &Path) -> Prepared {
    Prepared::default()
}

const fn deed(
    name: &'static str,
    inside: Outcome,
    try_it: fn(&Path, Prepared) -> io::Result<()>,
) -> Deed {
    Deed {
        name,
        as_root: false,
        on_files_alone: false,
        prepare: nothing,
        try_it,
        outside: 0,
        inside,
    }
}

const fn roots(deed: Deed) -> Deed {
    Deed {
        as_root: true,
        ..deed
    }
}

const fn on_files(deed: Deed) -> Deed {
    Deed {
        on_files_alone: true,
        ..deed
    }
}

const fn with(prepare: fn(&Path) -> Prepared, deed: Deed) -> Deed {
    Deed { prepare, ..deed }
}

/// The call is handed nonsense: outside the kernel says so, inside it is not reached.
const fn nonsense(outside: i32, deed: Deed) -> Deed {
    Deed { outside, ..deed }
}

pub(crate) const DEEDS: &[Deed] = &[
    deed("works_as_every_day", Outcome::Done, every_day),
    on_files(deed("works_on_files_alone", Outcome::Done, |folder, _| {
        keep_files(&folder.join("data"))
    })),
    on_files(deed("opens_a_door_beside_files", EPERM, |_, _| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(drop)
    })),
    on_files(deed("calls_somebody_beside_files", EPERM, |_, _| {
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(drop)
    })),
    on_files(deed("talks_beside_files", EPERM, |_, _| {
        UnixStream::pair().map(drop)
    })),
    on_files(deed("looks_at_devices_beside_files", EACCES, |_, _| {
        fs::read_dir("/dev").map(drop)
    })),
    on_files(deed("writes_outside_beside_files", EACCES, |folder, _| {
        fs::write(folder.join("outside"), "")
    })),
    on_files(deed("reads_settings_of_the_system", EACCES, |_, _| {
        fs::read("/etc/passwd").map(drop)
    })),
    on_files(deed("forks_beside_files", EPERM, |_, _| {
        match unsafe { libc::fork() } {
            0 => unsafe { libc::_exit(0) },
            answer => told(answer),
        }
    })),
    roots(deed("opens_a_low_port", Outcome::Done, |_, _| {
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, 25)).map(drop)
    })),
    deed("reads_a_file_of_the_system", EACCES, |_, _| {
        fs::read("/etc/passwd").map(drop)
    }),
    deed("looks_at_other_processes", EACCES, |_, _| {
        fs::read_dir("/proc").map(drop)
    }),
    deed("reads_its_own_memory_map", EACCES, |_, _| {
        fs::read("/proc/self/maps").map(drop)
    }),
    deed("writes_outside_its_folder", EACCES, |folder, _| {
        fs::write(folder.join("outside"), "")
    }),
    with(
        |folder| {
            fs::write(folder.join("there"), "text").unwrap();
            Prepared::default()
        },
        deed("empties_a_file_outside_its_folder", EACCES, |folder, _| {
            File::create(folder.join("there")).map(drop)
        }),
    ),
    deed(
        "renames_out_of_its_folder",
        Outcome::RefusedSince(1, libc::EACCES),
        |folder, _| {
            fs::write(folder.join("data/a"), "")?;
            fs::rename(folder.join("data/a"), folder.join("a"))
        },
    ),
    deed("makes_a_link", EPERM, |folder, _| {
        std::os::unix::fs::symlink("/etc", folder.join("data/etc"))
    }),
    deed("makes_a_pipe_with_a_name", EPERM, |folder, _| {
        let path = CString::new(
            folder
                .join("data/pipe")
                .into_os_string()
                .into_encoded_bytes(),
        )?;
        told(unsafe { libc::mkfifo(path.as_ptr(), 0o600) })
    }),
    deed("runs_a_program", EPERM, |_, _| {
        let program = c"/bin/true";
        let arguments = [program.as_ptr(), std::ptr::null()];
        let environment = [std::ptr::null()];
        told(unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) })
    }),
    deed("forks", EPERM, |_, _| match unsafe { libc::fork() } {
        0 => unsafe { libc::_exit(0) },
        answer => told(answer),
    }),
    deed("spawns", EPERM, |_, _| {
        Command::new("/bin/true").status().map(drop)
    }),
    with(
        sleeper,
        deed("traces", EPERM, |_, prepared| {
            let (child, none) = (pid(&prepared), std::ptr::null_mut::<libc::c_void>());
            told(unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, none, none) })
        }),
    ),
    with(
        sleeper,
        deed("reads_the_memory_of_another", EPERM, |_, prepared| {
            // Nothing is asked for: the call alone is what is refused.
            let none = std::ptr::null();
            let read = unsafe { libc::process_vm_readv(pid(&prepared), none, 0, none, 0, 0) };
            told(read as i64)
        }),
    ),
    with(
        sleeper,
        deed("kills_another", EPERM, |_, prepared| {
            told(unsafe { libc::kill(pid(&prepared), libc::SIGKILL) })
        }),
    ),
    with(
        sleeper,
        deed("sends_a_signal_by_a_descriptor", EPERM, |_, prepared| {
            let (reader, _writer) = UnixStream::pair()?;
            told(unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETOWN, pid(&prepared)) })
        }),
    ),
    with(
        abstract_socket,
        deed(
            "talks_to_an_abstract_socket",
            Outcome::RefusedSince(6, libc::EPERM),
            |folder, _| UnixStream::connect_addr(&abstract_name(folder)?).map(drop),
        ),
    ),
    roots(deed("opens_a_packet_socket", EPERM, |_, _| {
        socket(libc::AF_PACKET, libc::SOCK_RAW, 0)
    })),
    roots(deed("opens_a_raw_socket", EPERM, |_, _| {
        socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)
    })),
    deed("opens_another_netlink_socket", EPERM, |_, _| {
        socket(
            libc::AF_NETLINK,
            libc::SOCK_RAW,
            libc::NETLINK_KOBJECT_UEVENT,
        )
    }),
    deed("filters_a_socket", EPERM, |_, _| {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut all = [libc::sock_filter {
            code: 6,
            jt: 0,
            jf: 0,
            k: u32::MAX,
        }];
        let program = libc::sock_fprog {
            len: 1,
            filter: all.as_mut_ptr(),
        };
        let size = libc::socklen_t::try_from(size_of_val(&program)).unwrap();
        told(unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                (&raw const program).cast(),
                size,
            )
        })
    }),
    roots(deed("mounts", EPERM, |folder, _| {
        let place = CString::new(folder.as_os_str().as_encoded_bytes())?;
        let kind = c"tmpfs".as_ptr();
        told(unsafe { libc::mount(kind, place.as_ptr(), kind, 0, std::ptr::null()) })
    })),
    roots(deed("makes_a_namespace", EPERM, |_, _| {
        told(unsafe { libc::unshare(libc::CLONE_NEWUTS) })
    })),
    roots(deed("changes_its_root", EPERM, |folder, _| {
        let place = CString::new(folder.as_os_str().as_encoded_bytes())?;
        told(unsafe { libc::chroot(place.as_ptr()) })
    })),
    roots(deed("names_the_machine", EPERM, |_, _| {
        told(unsafe { libc::unshare(libc::CLONE_NEWUTS) })?;
        told(unsafe { libc::sethostname(c"x".as_ptr(), 1) })
    })),
    deed("becomes_somebody", EPERM, |_, _| {
        told(unsafe { libc::setuid(libc::getuid()) })
    }),
    deed("is_dumpable_again", EPERM, |_, _| {
        told(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) })
    }),
    deed("maps_memory_to_run", EPERM, |_, _| {
        map(libc::PROT_READ | libc::PROT_EXEC).map(drop)
    }),
    deed("makes_memory_run", EPERM, |_, _| {
        let page = map(libc::PROT_READ | libc::PROT_WRITE)?;
        told(unsafe { libc::mprotect(page, 4096, libc::PROT_READ | libc::PROT_EXEC) })
    }),
    deed("makes_a_file_in_memory", EPERM, |_, _| {
        told(unsafe { libc::memfd_create(c"x".as_ptr(), 0) })
    }),
    nonsense(
        libc::EFAULT,
        deed("opens_an_io_ring", EPERM, |_, _| {
            told(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, 0) })
        }),
    ),
    deed("asks_a_device", EPERM, |_, _| {
        let device = File::open("/dev/urandom")?;
        let mut count = 0;
        // RNDGETENTCNT.
        told(unsafe { libc::ioctl(device.as_raw_fd(), 0x8004_5200_u32 as _, &raw mut count) })
    }),
    deed("takes_its_limits_off_another", EPERM, |_, _| {
        let none = std::ptr::null_mut::<libc::rlimit64>();
        told(unsafe { libc::prlimit64(libc::getppid(), libc::RLIMIT_CORE, none, none) })
    }),
    deed("is_another_system", EPERM, |_, _| {
        told(unsafe { libc::personality(0xffff_ffff) })
    }),
];

fn socket(family: i32, kind: i32, protocol: i32) -> io::Result<()> {
    told(unsafe { libc::socket(family, kind, protocol) })
}

fn map(protection: i32) -> io::Result<*mut libc::c_void> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    match unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) } {
        libc::MAP_FAILED => Err(io::Error::last_os_error()),
        page => Ok(page),
    }
}

fn sleeper(_: &Path) -> Prepared {
    Prepared {
        // It ends by itself: inside the sandbox nobody can end it.
        child: Some(
            Command::new("sleep")
                .arg("5")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        ),
        listener: None,
    }
}

fn pid(prepared: &Prepared) -> i32 {
    prepared.child.as_ref().unwrap().id().cast_signed()
}

fn abstract_name(folder: &Path) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(folder.as_os_str().as_encoded_bytes())
}

fn abstract_socket(folder: &Path) -> Prepared {
    Prepared {
        child: None,
        listener: Some(UnixListener::bind_addr(&abstract_name(folder).unwrap()).unwrap()),
    }
}

fn keep_files(data: &Path) -> io::Result<()> {
    fs::create_dir(data.join("spool"))?;
    let mut file = File::create(data.join("draft"))?;
    file.write_all(b"mail")?;
    file.set_len(3)?;
    file.sync_all()?;
    fs::rename(data.join("draft"), data.join("spool/mail"))?;
    assert_eq!(fs::read(data.join("spool/mail"))?, b"mai");
    fs::remove_file(data.join("spool/mail"))?;
    fs::remove_dir(data.join("spool"))?;
    fs::write("/dev/null", "gone")
}

/// Files, threads, sockets: what must go on.
fn every_day(folder: &Path, prepared: Prepared) -> io::Result<()> {
    assert!(prepared.listener.is_none());
    let data = folder.join("data");
    keep_files(&data)?;
    let control = UnixListener::bind(data.join("control"))?;
    UnixStream::connect(data.join("control"))?;
    drop(control);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let client = std::thread::spawn(move || -> io::Result<Vec<u8>> {
        let mut heard = Vec::new();
        TcpStream::connect(address)?.read_to_end(&mut heard)?;
        Ok(heard)
    });
    listener.accept()?.0.write_all(b"220 ")?;
    assert_eq!(client.join().unwrap()?, b"220 ");
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(drop)?;
    socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    // A panic is caught, and an abort would end it.
    assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(1))).is_err());
    Ok(())
}
