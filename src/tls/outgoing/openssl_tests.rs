//! Our client against OpenSSL's server, where there is one.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::tests::{HOST, dial, hear};
use super::*;
use crate::net::test_support::Folder;

/// A child that ends with the test.
struct Ended(Child);
impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn openssl_is_understood() {
    let folder = Folder::new();
    let made = Command::new("openssl")
        .current_dir(&folder.0)
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "k.pem",
            "-out",
            "c.pem",
            "-days",
            "2",
            "-subj",
            "/CN=mx.example.org",
            "-addext",
            "subjectAltName=DNS:mx.example.org",
        ])
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return; // a machine without OpenSSL
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = Command::new("openssl")
            .current_dir(&folder.0)
            .args([
                "s_server",
                "-quiet",
                "-rev",
                version,
                "-cert",
                "c.pem",
                "-key",
                "k.pem",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _server = Ended(server);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "s_server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        async_io::block_on(async {
            let mut wire = dial(address).await;
            let agreed = Outgoing::new(None)
                .secure(&mut wire, &Trust::Any, HOST, Purpose::Mail, None)
                .await
                .unwrap();
            assert_eq!(agreed.proof, Proof::None);
            assert_eq!(
                agreed.secured.version,
                if version == "-tls1_2" {
                    "TLSv1.2"
                } else {
                    "TLSv1.3"
                }
            );
            wire.send(b"abc\n").await.unwrap();
            assert_eq!(hear(&mut wire, "\n").await, "cba\n");
            wire.close().await;
        });
    }
}
