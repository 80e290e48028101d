//! Real processes, which can be killed.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::OnceLock,
    time::Duration,
};

/// The folder with the workspace's binaries, built from the current sources. Cargo builds no
/// binaries of other packages for a test, so the first story that needs one runs the build.
pub(crate) fn binaries() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--workspace", "--bins", "--quiet"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the binaries do not build");
        let tests = std::env::current_exe().unwrap();
        tests.parent().and_then(Path::parent).unwrap().to_owned()
    })
}

/// A program in a separate process.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts `causeway-relay` or `causeway-adapter` with a settings file in a directory, and waits
    /// until the program logs the listening address.
    pub(crate) async fn start(binary: &str, directory: &Path, settings: &str) -> Process {
        Process::start_by(Command::new(binaries().join(binary)), binary, directory, settings).await
    }

    /// The same with another command, which gets the path of the settings.
    pub(crate) async fn start_by(
        mut command: Command,
        binary: &str,
        directory: &Path,
        settings: &str,
    ) -> Process {
        let (config, log) =
            (directory.join(format!("{binary}.toml")), directory.join(format!("{binary}.log")));
        std::fs::write(&config, settings).unwrap();
        let log_file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let before = std::fs::read_to_string(&log).unwrap().len();
        let mut child = command
            .arg("--config")
            .arg(&config)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file)
            .spawn()
            .unwrap();
        for _ in 0..600 {
            let text = std::fs::read(&log).unwrap();
            let text = String::from_utf8_lossy(text.get(before..).unwrap_or_default()).into_owned();
            if let Some(address) =
                text.split("listens on ").nth(1).and_then(|rest| rest.split(['\n', '"', ' ']).next())
                && let Ok(address) = address.parse()
            {
                return Process { child, address };
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{binary} did not start: {}", std::fs::read_to_string(&log).unwrap());
    }

    /// The process's peak memory, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim_end_matches("kB").trim().parse().unwrap()
    }

    /// SIGKILL, and the end of the process.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM; the process ends after a drain.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for the end, half a minute at the most.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.kill();
        panic!("the process did not end");
    }
}

/// A story that ends early leaves no process running.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a binary to the end and returns the output.
pub(crate) fn run(binary: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binaries().join(binary));
    command.args(arguments).envs(environment.iter().copied()).env_remove("RUST_LOG").stdin(Stdio::null());
    command.output().unwrap()
}

/// Runs a binary in a folder to the end and returns the output.
pub(crate) fn run_in(folder: &Path, binary: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(binaries().join(binary));
    command.args(arguments).current_dir(folder).env_remove("RUST_LOG").stdin(Stdio::null());
    command.output().unwrap()
}
