//! One connection: TLS where it belongs, hyper, and an end.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, TcpStream};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_executor::Executor;
use async_io::{Async, Timer};
use event_listener::listener;
use futures_lite::FutureExt as _;
use hyper::rt::Sleep;
use hyper::server::conn::http1;
use hyper::service::service_fn;

use super::answer::{Line, answer};
use super::server::Inner;
use crate::log;
use crate::net::{Closing, Guest, WireIo};

/// Octets of a head in all: hyper's least buffer.
const MOST_HEAD: usize = 8 * 1024;
/// Fields of a head. Browsers send about twenty.
const MOST_HEAD_FIELDS: usize = 64;

/// Serves one client until it leaves, is late, or the box goes down.
pub(super) async fn attend(
    inner: Arc<Inner>,
    secure: bool,
    socket: Async<TcpStream>,
    peer: IpAddr,
    executor: Weak<Executor<'static>>,
    closing: Closing,
) {
    let Ok(local) = socket.get_ref().local_addr() else {
        return;
    };
    socket.get_ref().set_nodelay(true).ok();
    let times = inner.times;
    let mut tls = None;
    if secure {
        let present = async { Some(inner.premises.present().await) };
        match present.or(after(times.life)).await {
            Some(present) => tls = Some(present.tls.clone()),
            None => return,
        }
    }
    let opened = Box::pin(Guest::open(socket, tls, times.handshake, &closing)).await;
    let guest = match opened {
        Ok(guest) => guest,
        // A browser that does not trust the certificate yet breaks off here: nothing worth a line.
        Err(error) => {
            log::debug(
                0,
                format_args!("web: {peer} did not finish the handshake: {error}"),
            );
            return;
        }
    };
    let receiving = Arc::new(AtomicUsize::new(0));
    let line = Arc::new(Line {
        receiving: receiving.clone(),
        inner,
        peer,
        local: local.ip().to_canonical(),
        secure,
        executor,
    });
    let service = service_fn(move |request| {
        let line = line.clone();
        async move { Ok::<_, Infallible>(answer(&line, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(Clock)
        .header_read_timeout(times.head)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEAD_FIELDS)
        .auto_date_header(false)
        .serve_connection(WireIo::new(guest).with_stall(times.stall), service);
    let mut connection = Box::pin(connection);
    listener!(closing.event() => closed);
    let ended = async { Some((&mut connection).await) };
    let told = async {
        if !closing.has_begun() {
            closed.await;
        }
        None
    };
    let result = match ended.or(told).or(after(times.connection)).await {
        Some(result) => result,
        None => {
            // What is being answered is answered; nothing follows.
            connection.as_mut().graceful_shutdown();
            loop {
                let ended = async { Some((&mut connection).await) };
                match ended.or(after(times.answer)).await {
                    Some(result) => break result,
                    // A large file has limits of its own.
                    None if receiving.load(Ordering::Relaxed) > 0 => {}
                    None => return,
                }
            }
        }
    };
    if let Err(error) = result {
        log::debug(0, format_args!("web: {peer}: {error}"));
    }
}

async fn after<T>(time: Duration) -> Option<T> {
    Timer::after(time).await;
    None
}

/// hyper's clock.
#[derive(Clone, Copy, Debug)]
struct Clock;

struct Until(Timer);

impl hyper::rt::Timer for Clock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until(Timer::after(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until(Timer::at(deadline)))
    }
}

impl Future for Until {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        pin!(&mut self.0).poll(cx).map(|_| ())
    }
}

impl Sleep for Until {}
