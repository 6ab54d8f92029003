//! The server: an address, a thread of its own, and a graceful end.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::watch;

use super::catalogue::{Catalogue, Rules};
use super::routes::{Site, router};
use super::storage::Files;
use super::{ForeignDependencies, ServeError};
use crate::model::RegistryName;

/// Where the registry listens unless told otherwise. Fixed, for the URL lands in lock files.
pub const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 35467);

/// Requests that are under way when the registry is stopped have this long to finish.
const GRACE: Duration = Duration::from_secs(10);

/// So many requests at most wait for the disk at once. Tokio's own limit of 512 threads would
/// cost memory, and no disk answers faster for it.
const DISK_THREADS: usize = 16;

/// How a registry is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder of its data, made if need be.
    pub data: Utf8PathBuf,
    /// The address; port 0 is any that is free.
    pub listen: SocketAddr,
    /// The URL that people reach it at, when that is not its address: behind a proxy.
    pub base_url: Option<String>,
    /// What people call it in cargo's configuration: its pages say so.
    pub name: RegistryName,
    /// May everybody read?
    pub open_reads: bool,
    /// The largest package that it takes, in bytes.
    pub max_crate: usize,
    /// What becomes of versions that depend on crates of other registries.
    pub foreign_dependencies: ForeignDependencies,
    /// Stop when the process is told to (SIGINT or SIGTERM)? Else that is for the caller.
    pub stop_on_signal: bool,
}

impl Options {
    /// Only this machine, only with tokens, packages up to 20 MiB.
    pub fn new(data: Utf8PathBuf) -> Self {
        Self {
            data,
            listen: DEFAULT_LISTEN,
            base_url: None,
            name: RegistryName::new("internal").expect("it follows the rules"),
            open_reads: false,
            max_crate: 20 << 20,
            foreign_dependencies: ForeignDependencies::default(),
            stop_on_signal: false,
        }
    }
}

/// A registry that is being served. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    base_url: String,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

/// Serves a registry on a thread of its own; it answers when this returns.
pub fn start(options: &Options) -> Result<Running, ServeError> {
    let listener = listen(options.listen)?;
    let address = listener.local_addr().map_err(run)?;
    let base_url = base_url(options.base_url.as_deref(), address)?;
    let storage = Files::open(&options.data)?;
    storage.remove_leftovers()?;
    let rules = Rules {
        index_url: index_url(&base_url),
        foreign_dependencies: options.foreign_dependencies,
    };
    let catalogue =
        Catalogue::open(Box::new(storage), rules).map_err(|error| error.at(&options.data))?;
    let site = Site {
        catalogue,
        data: options.data.clone(),
        base_url: base_url.clone(),
        name: options.name.clone(),
        open_reads: options.open_reads,
        max_crate: options.max_crate,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("registry")
        .max_blocking_threads(DISK_THREADS)
        .enable_all()
        .build()
        .map_err(run)?;
    let (stop, stopped) = watch::channel(false);
    if options.stop_on_signal {
        let _entered = runtime.enter();
        let signals = Signals::register().map_err(run)?;
        let stop = stop.clone();
        runtime.spawn(async move {
            signals.received().await;
            stop.send_replace(true);
        });
    }
    let thread = std::thread::Builder::new()
        .name("registry".to_owned())
        .spawn(move || {
            runtime
                .block_on(serve(listener, site, stopped))
                .map_err(run)
        })
        .map_err(run)?;
    Ok(Running {
        address,
        base_url,
        stop,
        thread: Some(thread),
    })
}

impl Running {
    /// The URL of its index, as `[registries.NAME] index` wants it.
    pub fn index_url(&self) -> String {
        index_url(&self.base_url)
    }

    /// The address that it listens at, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that people reach it at, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Stops it: requests that are under way finish first.
    pub fn stop(mut self) -> Result<(), ServeError> {
        self.end()
    }

    /// Waits until it has stopped by itself: see [`Options::stop_on_signal`].
    pub fn wait(mut self) -> Result<(), ServeError> {
        self.join()
    }

    fn end(&mut self) -> Result<(), ServeError> {
        self.stop.send_replace(true);
        self.join()
    }

    fn join(&mut self) -> Result<(), ServeError> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            Some(Ok(result)) => result,
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error here has nobody to go to; `stop` reports it.
        let _ = self.end();
    }
}

async fn serve(
    listener: TcpListener,
    site: Site,
    mut stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut told = stopped.clone();
    let server = axum::serve(listener, router(Arc::new(site))).with_graceful_shutdown(async move {
        // An error means that nobody is left who could stop it: stop, too.
        let _ = told.wait_for(|stop| *stop).await;
    });
    let out_of_patience = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server.into_future() => result,
        () = out_of_patience => Ok(()),
    }
}

/// What tells a process to stop. Registered before the registry says that it is ready, so that
/// from then on its end is graceful.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn register() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn register() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn received(mut self) {
        self.0.recv().await;
    }
}

fn index_url(base_url: &str) -> String {
    format!("sparse+{base_url}/index/")
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|source| ServeError::Listen { address, source })
}

fn base_url(given: Option<&str>, address: SocketAddr) -> Result<String, ServeError> {
    let Some(url) = given else {
        if address.ip().is_unspecified() {
            return Err(ServeError::NoBaseUrl { address });
        }
        return Ok(format!("http://{address}"));
    };
    let base = url.trim_end_matches('/');
    let rest = base
        .strip_prefix("https://")
        .or(base.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_graphic() && !"\"'<>&?#\\{}".contains(c);
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(plain) => Ok(base.to_owned()),
        _ => Err(ServeError::BaseUrl {
            url: url.to_owned(),
        }),
    }
}

fn run(source: std::io::Error) -> ServeError {
    ServeError::Run { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_checked_where_it_enters() {
        let local: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let url = |given: Option<&str>| base_url(given, local).ok();
        assert_eq!(url(None).as_deref(), Some("http://127.0.0.1:9"));
        let proxied = Some("https://example.com/crates/");
        assert_eq!(url(proxied).as_deref(), Some("https://example.com/crates"));
        for bad in [
            "",
            "example.com",
            "https://",
            "ftp://x",
            "http://a b",
            "http://a?b",
        ] {
            assert_eq!(url(Some(bad)), None, "{bad}");
        }
        let all: SocketAddr = "0.0.0.0:9".parse().unwrap();
        assert!(matches!(
            base_url(None, all),
            Err(ServeError::NoBaseUrl { .. })
        ));
    }

    #[test]
    fn it_runs_beside_the_caller_until_it_is_stopped() {
        use std::io::{Read as _, Write as _};
        let scratch = crate::sys::scratch::Scratch::new().unwrap();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Options::new(scratch.path().join("data"))
        };
        for _ in 0..2 {
            let running = start(&options).unwrap();
            let address = running.address();
            let expected = format!("sparse+http://{address}/index/");
            assert_eq!(running.index_url(), expected);
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let head = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(matches!(start(&options), Err(ServeError::InUse { .. })));
            running.stop().unwrap();
        }
    }
}
