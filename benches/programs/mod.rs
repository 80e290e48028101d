//! The release programs as processes of their own: a relay with its tenants, an adapter for each
//! tenant, and a sandbox in the process of the bench.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use causeway::v1::processor_client::ProcessorClient;
use causeway_sandbox::Sandbox;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tonic::{
    Request,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

/// Arguments of the benches.
pub(crate) mod arguments;
/// Payments at a steady rate.
pub(crate) mod payer;
/// Settings of the programs.
pub(crate) mod settings;

use arguments::Arguments;
use settings::Tenant;

/// The maximum time for a program to start.
const START: Duration = Duration::from_secs(30);
/// Limit of a program's data segment without the option `--memory-limit`, so that a program that
/// grows without end does not take the machine with it. In MiB.
const LAST_RESORT: u64 = 6 * 1024;

/// A limit on the memory of each program.
pub(crate) struct MemoryLimit {
    /// In MiB, for the data segment (RLIMIT_DATA).
    data: Option<u64>,
    /// A control group with a limit of its own, which the programs enter.
    group: Option<PathBuf>,
}

impl MemoryLimit {
    /// The limit of the options.
    pub(crate) fn read(given: &Arguments) -> MemoryLimit {
        MemoryLimit {
            data: given.text("memory-limit").map(|_| given.number("memory-limit", 0)),
            group: given.text("cgroup").map(Into::into),
        }
    }

    /// Prints the kind of limit, if there is one.
    pub(crate) fn print(&self) {
        if let Some(mib) = self.data {
            println!("each program has a data segment of at most {mib} MiB (RLIMIT_DATA)");
        }
        if let Some(group) = &self.group {
            println!("the programs are in the control group {}", group.display());
        }
    }

    /// The limit as a shell sets the limit, before the shell becomes the program.
    fn shell(&self) -> String {
        let group = self.group.as_ref();
        let group = group.map(|folder| format!("echo $$ > '{}/cgroup.procs' && ", folder.display()));
        let data = self.data.unwrap_or(LAST_RESORT) * 1024;
        format!("{}ulimit -d {data} && exec \"$0\" \"$@\"", group.unwrap_or_default())
    }
}

/// A program that runs.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Program {
    async fn start(name: &str, folder: &Path, address: SocketAddr, limit: &MemoryLimit) -> Program {
        let binary = if name == "relay" { "causeway-relay" } else { "causeway-adapter" };
        let (config, log) = (folder.join(format!("{name}.toml")), folder.join(format!("{name}.log")));
        let child = Command::new("/bin/sh")
            .arg("-c")
            .arg(limit.shell())
            .arg(binaries().join(binary))
            .arg("--config")
            .arg(config)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut program = Program { child, address, log };
        let listens = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                assert!(program.is_alive(), "{name} did not start: {}", program.last_lines());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(START, listens).await.unwrap();
        program
    }

    /// Resident memory in MiB; 0 when the program has ended.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
    }

    /// Whether the process still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Size of the log in MiB.
    pub(crate) fn log_size(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |log| log.len() >> 20)
    }

    /// The end of the log, for the case that the program has ended.
    pub(crate) fn last_lines(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let tail = log.get(log.len().saturating_sub(1000)..).unwrap_or_default();
        String::from_utf8_lossy(tail).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The folder with the programs, built with the profile of the bench.
fn binaries() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let built = || {
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--package",
            "causeway-relay",
            "--package",
            "causeway-adapter",
            "--bins",
            "--quiet",
        ]);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
        let bench = std::env::current_exe().unwrap();
        bench.parent().and_then(Path::parent).unwrap().to_owned()
    };
    BUILT.get_or_init(built).clone()
}

/// An address of loopback that was free a moment ago.
fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Sandbox, relay and adapters. The adapters stand in the order of the tenants.
pub(crate) struct TestBed {
    /// Settings, journal and logs.
    pub(crate) folder: TempDir,
    _sandbox: Sandbox,
    pub(crate) relay: Program,
    pub(crate) adapters: Vec<Program>,
    /// The listener for webhooks.
    pub(crate) webhooks: SocketAddr,
    tls: bool,
}

impl TestBed {
    /// Starts everything in a new folder; with TLS all three listeners have TLS.
    pub(crate) async fn start(tenants: &[Tenant], tls: bool, limit: &MemoryLimit) -> TestBed {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        let sandbox = Sandbox::start(causeway_sandbox::Settings::default()).await.unwrap();
        let (address, webhooks) = (free_address(), free_address());
        let text = settings::relay(folder.path(), address, webhooks, tls, tenants, &sandbox.url());
        std::fs::write(folder.path().join("relay.toml"), text).unwrap();
        let relay = Program::start("relay", folder.path(), address, limit).await;
        let mut adapters = vec![];
        for tenant in tenants {
            let (name, listen) = (format!("adapter-{}", tenant.name), free_address());
            let text = settings::adapter(folder.path(), listen, address, tls, tenant);
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
            adapters.push(Program::start(&name, folder.path(), listen, limit).await);
        }
        TestBed { folder, _sandbox: sandbox, relay, adapters, webhooks, tls }
    }

    /// The file with the CA of the listeners; none without TLS.
    pub(crate) fn ca(&self) -> Option<PathBuf> {
        self.tls.then(|| self.folder.path().join("ca.pem"))
    }

    /// A connection to an adapter, opened on first use.
    pub(crate) fn channel(&self, adapter: SocketAddr) -> Channel {
        let scheme = if self.tls { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{adapter}")).unwrap();
        let endpoint = endpoint.connect_timeout(Duration::from_secs(10));
        match self.ca() {
            None => endpoint.connect_lazy(),
            Some(ca) => {
                let ca = Certificate::from_pem(std::fs::read(ca).unwrap());
                endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca)).unwrap().connect_lazy()
            }
        }
    }

    /// Whether all programs still run; reports the last lines of one that has ended.
    pub(crate) fn all_alive(&mut self) -> bool {
        let mut alive = true;
        for program in std::iter::once(&mut self.relay).chain(&mut self.adapters) {
            if !program.is_alive() {
                println!("a program has ended; the last lines of its log: {}", program.last_lines());
                alive = false;
            }
        }
        alive
    }
}

/// A client of the billing platform, which sends the token.
pub(crate) fn billing(
    channel: Channel,
    token: &str,
) -> ProcessorClient<InterceptedService<Channel, impl Interceptor + use<>>> {
    let bearer = format!("Bearer {token}");
    ProcessorClient::with_interceptor(channel, move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", bearer.parse().unwrap());
        Ok(request)
    })
    .max_decoding_message_size(16 * 1024 * 1024)
}

/// Writes a CA, and a certificate with key for loopback.
fn certify(folder: &Path) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

/// Runs a bench, unless cargo only compiles and tests it: cargo omits the argument then.
pub(crate) fn run_bench(bench: impl Future<Output = bool>) -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if runtime.block_on(bench) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The last column of a row: the limits that were not kept.
pub(crate) fn verdict(failures: &[&str]) -> String {
    if failures.is_empty() { "pass".to_owned() } else { format!("FAIL: {}", failures.join(", ")) }
}

/// Prints the lines below a row: the report of the attacking process, and one payment that failed.
pub(crate) fn print_report(report: &str, paid: &payer::Paid) {
    println!("    {}", if report.is_empty() { "the load was broken off" } else { report });
    if let Some(reason) = &paid.reason {
        println!("    one payment that failed: {reason}");
    }
}
