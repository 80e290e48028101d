//! A program in a separate process, in the searched folder, with permission to dump a core there.

use std::{
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::stage::processes::binaries;

/// A program that ends with the owner, so that a failed test leaves no process running.
pub(super) struct Program {
    child: Child,
    pub(super) address: SocketAddr,
}

/// Runs a command in a folder, which also receives the temporary files, with the output in a file,
/// and with core files as large as the machine allows.
pub(super) fn command(directory: &Path, log: &Path, program: &str, arguments: &[&str]) -> Command {
    let log_file = std::fs::File::options().create(true).append(true).open(log).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -c \"$(ulimit -H -c)\"; exec \"$@\"", "sh", program])
        .args(arguments)
        .current_dir(directory)
        .env("TMPDIR", directory)
        .env("RUST_BACKTRACE", "1")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(log_file.try_clone().unwrap())
        .stderr(log_file);
    command
}

impl Program {
    /// Starts a binary of the workspace and waits until the log shows the address.
    pub(super) async fn start(binary: &str, directory: &Path, settings: &str) -> Program {
        let (config, log) =
            (directory.join(format!("{binary}.toml")), directory.join(format!("{binary}.log")));
        std::fs::write(&config, settings).unwrap();
        let before = std::fs::metadata(&log).map_or(0, |log| usize::try_from(log.len()).unwrap());
        let program = binaries().join(binary);
        let arguments = ["--config", config.to_str().unwrap()];
        let child = command(directory, &log, program.to_str().unwrap(), &arguments).spawn().unwrap();
        let mut program = Program { child, address: SocketAddr::from(([0, 0, 0, 0], 0)) };
        for _ in 0..600 {
            let text = std::fs::read(&log).unwrap();
            let text = String::from_utf8_lossy(text.get(before..).unwrap_or_default()).into_owned();
            let output =
                text.split("listens on ").nth(1).and_then(|rest| rest.split(['\n', '"', ' ']).next());
            if let Some(Ok(address)) = output.map(str::parse) {
                program.address = address;
                return program;
            }
            if program.child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{binary} did not start: {}", std::fs::read_to_string(&log).unwrap());
    }

    /// Sends SIGKILL to the program.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends the program by SIGABRT, as after a fatal error in the program.
    pub(super) fn abort(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-ABRT", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.signal().is_some(), "{status}");
        status
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may be dead already, which is no error here.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
