//! Programs built with the feature `chaos`: they die at a chosen failpoint, and are started again
//! as a service manager would.

use std::{
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::failpoint_builds::programs;

/// Environment variables for a program.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// A program that is started again after each death.
pub(crate) struct FailpointProcess {
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
}

struct Shared {
    child: Mutex<Child>,
    deaths: Mutex<Vec<ExitStatus>>,
    stopping: AtomicBool,
}

/// The files of a program: binary, settings and log.
struct ProgramFiles {
    binary: PathBuf,
    config: PathBuf,
    log: PathBuf,
}

impl ProgramFiles {
    fn start(&self, environment: &[(&'static str, String)]) -> Child {
        let log = || Stdio::from(File::options().create(true).append(true).open(&self.log).unwrap());
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(&self.config).env_remove("RUST_LOG");
        command.envs(environment.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log()).spawn().unwrap()
    }
}

impl FailpointProcess {
    /// Starts the program. `once` is the environment of the first start only, and `always` is the
    /// environment of every start.
    pub(crate) fn start(
        binary: &str,
        directory: &Path,
        settings: &str,
        once: Environment,
        always: Environment,
    ) -> FailpointProcess {
        let file = |ending: &str| directory.join(format!("{binary}.{ending}"));
        let start = ProgramFiles { binary: programs().join(binary), config: file("toml"), log: file("log") };
        std::fs::write(&start.config, settings).unwrap();
        let first: Environment = once.into_iter().chain(always.clone()).collect();
        let shared = Arc::new(Shared {
            child: Mutex::new(start.start(&first)),
            deaths: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let watched = Arc::clone(&shared);
        let watch = std::thread::spawn(move || {
            while !watched.stopping.load(Ordering::SeqCst) {
                let mut child = watched.child.lock().unwrap();
                if let Some(status) = child.try_wait().unwrap() {
                    watched.deaths.lock().unwrap().push(status);
                    *child = start.start(&always);
                }
                drop(child);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        FailpointProcess { shared, watch: Some(watch) }
    }

    /// Sends SIGKILL or SIGTERM, by the name for the `kill` command.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.shared.child.lock().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// The number of deaths by SIGKILL.
    pub(crate) fn deaths(&self) -> usize {
        let deaths = self.shared.deaths.lock().unwrap();
        for status in deaths.iter() {
            assert!(status.signal() == Some(9) || status.success(), "it ended by itself: {status}");
        }
        deaths.iter().filter(|status| status.signal() == Some(9)).count()
    }
}

/// A dropped `FailpointProcess` leaves no process running.
impl Drop for FailpointProcess {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        drop(self.watch.take().map(JoinHandle::join));
        let mut child = self.shared.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(child.kill());
        drop(child.wait());
    }
}
