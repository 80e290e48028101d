//! A program that can be killed at any moment.

use std::{
    fs::File,
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{net::TcpStream, time::Instant};

/// How long a program may take to listen.
const SLOWEST_START: Duration = Duration::from_secs(20);

/// The binary and the files of a program.
pub(crate) struct Start {
    pub(crate) binary: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) log: PathBuf,
    pub(crate) listens: SocketAddr,
}

/// A running program, with signals and status.
pub(crate) struct Process(Child);

impl Process {
    /// Starts the program with settings and environment variables.
    pub(crate) fn start(start: &Start, settings: &str, environment: Vec<(&str, String)>) -> Process {
        std::fs::write(&start.config, settings).unwrap();
        Process::spawn(&start.binary, &["--config".as_ref(), start.config.as_path()], &start.log, environment)
    }

    pub(crate) fn spawn(
        binary: &Path,
        arguments: &[&Path],
        log: &Path,
        environment: Vec<(&str, String)>,
    ) -> Process {
        let log_file = File::options().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .env_remove("RUST_LOG")
            .env_remove("CAUSEWAY_FAILPOINT")
            .env_remove("CAUSEWAY_BUG")
            .env_remove("CAUSEWAY_CLOCK_AHEAD")
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(log_file.try_clone().unwrap())
            .stderr(log_file);
        Process(command.spawn().unwrap())
    }

    /// Waits until the program listens at the address; returns the time taken. An error is the exit
    /// status of a program that ended instead.
    pub(crate) async fn listens(&mut self, position: SocketAddr) -> Result<Duration, ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return Err(status);
            }
            if TcpStream::connect(position).await.is_ok() {
                return Ok(begun.elapsed());
            }
            assert!(begun.elapsed() < SLOWEST_START, "nobody listens at {position}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The exit status, if the program has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// Sends SIGKILL and waits for the end.
    pub(crate) fn kill(mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // The program may have ended; the owner notices the end later.
        let _ = kill_process(Pid::from_child(&self.0), signal);
    }

    /// Sends SIGTERM and returns the exit status. A program that does not end in time is killed.
    pub(crate) async fn stop(mut self, within: Duration) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < within {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.kill();
        None
    }

    /// The process's peak memory, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or_default()
    }
}

/// Whether SIGKILL ended a process.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::KILL.as_raw())
}

/// A test that ends early leaves no process running.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
