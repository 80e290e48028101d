//! A full disk: a small tmpfs in a separate mount namespace.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use causeway::v1;
use tempfile::TempDir;

use super::test_bed::{TestBed, relay};
use crate::stage::{Fault, eventually, external_tools::require_tool, order, post_fault};

/// A small file system in memory, which exists as long as a process holds the mount.
struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts the file system on a folder, which stays empty for other
    /// processes. Needs Linux namespaces.
    fn open(folder: &Path, mib: u32) -> Option<SmallDisk> {
        std::fs::create_dir(folder).unwrap();
        let script =
            format!("mount -t tmpfs -o size={mib}m tmpfs '{}' && echo mounted && exec cat", folder.display());
        let hold = |flags: &str| {
            let mut command = Command::new("unshare");
            command.args([flags, "sh", "-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut holder = command.stderr(Stdio::null()).spawn().ok()?;
            let mut output = String::new();
            BufReader::new(holder.stdout.take().unwrap()).read_line(&mut output).unwrap();
            if output.trim() == "mounted" {
                return Some(SmallDisk { holder, folder: folder.to_owned() });
            }
            drop(holder.kill());
            drop(holder.wait());
            None
        };
        let held = hold("-Urm").or_else(|| hold("-m"));
        require_tool("a file system of our own (unshare, mount)", held.is_some()).then_some(held).flatten()
    }

    /// The folder as seen from outside of the namespace.
    fn outside_path(&self) -> PathBuf {
        let folder = self.folder.strip_prefix("/").unwrap();
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(folder)
    }

    /// A command that runs with the mounted disk.
    fn command(&self, binary: &Path) -> Command {
        let mut command = self.inside();
        command.arg(binary);
        command
    }

    /// Gives the file system another size.
    fn resize(&self, mib: u32) {
        let mut mount = self.inside();
        mount.args(["mount", "-o", &format!("remount,size={mib}m")]).arg(&self.folder);
        assert!(mount.status().unwrap().success());
    }

    /// The beginning of a command in the namespace of the disk.
    fn inside(&self) -> Command {
        let mut command = Command::new("nsenter");
        let holder = self.holder.id().to_string();
        let own = |kind: &str| std::fs::read_link(format!("/proc/{holder}/ns/{kind}")).unwrap();
        let users = own("user") != std::fs::read_link("/proc/self/ns/user").unwrap();
        command.args(["-t", &holder, "-m"]).args(users.then_some("-U")).args([
            "--",
            "sh",
            "-c",
            "exec \"$@\"",
            "sh",
        ]);
        command
    }

    /// Fills the disk until `left` bytes are free.
    fn fill(&self, left: u64) {
        let mut file =
            File::options().create(true).append(true).open(self.outside_path().join("full")).unwrap();
        let block = vec![0; 4096];
        while self.free() > left {
            if file.write_all(&block).is_err() {
                break;
            }
        }
    }

    fn free(&self) -> u64 {
        let found = rustix::fs::statvfs(self.outside_path()).unwrap();
        found.f_bavail * found.f_frsize
    }

    fn empty(&self) {
        drop(std::fs::remove_file(self.outside_path().join("full")));
    }

    fn has(&self, name: &str) -> bool {
        self.outside_path().join(name).exists()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}

/// A relay with a journal on a small disk and a reserve of 4 MiB.
async fn relay_on_small_disk(mib: u32) -> Option<(TestBed, SmallDisk)> {
    let directory = TempDir::new().unwrap();
    let folder = directory.path().canonicalize().unwrap().join("disk");
    let disk = SmallDisk::open(&folder, mib)?;
    let journal = folder.join("relay.db");
    let command = disk.command(&relay());
    let reserve = |settings: String| settings.replace("journal_reserve_mib = 0", "journal_reserve_mib = 4");
    Some((TestBed::with(directory, &journal, reserve, command).await, disk))
}

/// F19: no new operation begins, stored payments can be read, and the state ends when
/// there is room again.
#[tokio::test]
async fn a_full_disk_refuses_new_operations_and_allows_reads() {
    let Some((test_bed, disk)) = relay_on_small_disk(16).await else { return };
    let held = test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    assert!(disk.has("relay.db.reserve"));
    let calls = test_bed.sandbox.calls_made();

    disk.fill(0);
    eventually("it is not ready", async || !test_bed.serves().await).await;
    for number in 0..20 {
        let refused =
            test_bed.billing.authorize(order(&format!("full-{number}"), "12.50 USD")).await.refused();
        let reason_and_contact = (refused.reason.as_str(), refused.metadata["stripe_contacted"].as_str());
        assert_eq!(reason_and_contact, ("JOURNAL_FULL", "false"), "{refused:?}");
    }
    assert_eq!(test_bed.billing.payment(&held.id).await.id, held.id);
    assert!(test_bed.billing.authorize(order("1", "12.50 USD")).await.result().duplicate);
    assert_eq!(test_bed.sandbox.calls_made(), calls, "Stripe was asked for nothing");

    disk.empty();
    eventually("it is ready", async || test_bed.serves().await).await;
    assert!(disk.has("relay.db.reserve"), "the reserve is there again");
    test_bed.billing.authorize(order("full-0", "12.50 USD")).await.held_payment();
    test_bed.billing.capture("c", &held.id, None).await.captured_payment();
    assert_eq!(test_bed.authorizations(), 2);
}

/// F20: the outcome at Stripe is written to the journal from the reserve.
#[tokio::test]
async fn the_outcome_of_a_begun_operation_is_written_on_a_full_disk() {
    let Some((test_bed, disk)) = relay_on_small_disk(16).await else { return };
    test_bed.billing.authorize(order("1", "12.50 USD")).await.held_payment();
    test_bed.sandbox.arm_rule(post_fault(Fault::SlowAfter(Duration::from_secs(2)), 8));
    let calls: Vec<_> = (0..8)
        .map(|number| {
            let billing = test_bed.billing.clone();
            let request = order(&format!("under-way-{number}"), "12.50 USD");
            tokio::spawn(async move { billing.authorize(request).await })
        })
        .collect();
    eventually("Stripe has done them", async || test_bed.authorizations() == 9).await;
    disk.fill(0);
    for call in calls {
        call.await.unwrap().held_payment();
    }
    assert!(!disk.has("relay.db.reserve"), "it was needed");
    disk.empty();
    eventually("it is ready", async || test_bed.serves().await).await;
    for number in 0..8 {
        let again = test_bed.billing.authorize(order(&format!("under-way-{number}"), "12.50 USD")).await;
        assert!(again.result().duplicate);
    }
    assert_eq!(test_bed.authorizations(), 9);
}

/// The disk is filled at twenty points while payments go on: no request reaches Stripe before the
/// journal has the row, and no row is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_and_empties_under_load_loses_no_row() {
    let Some((test_bed, disk)) = relay_on_small_disk(24).await else { return };
    let (mut held, mut refused) = (vec![], vec![]);
    for round in 0..20_u64 {
        let id = format!("room-{round}");
        held.push((id.clone(), authorize_once_there_is_room(&test_bed, &id).await.payment.unwrap().id));
        // In every fourth round the relay knows that the disk is full; in the others it finds out.
        if round % 4 == 3 {
            disk.fill(0);
            eventually("it is not ready", async || !test_bed.serves().await).await;
        }
        let calls: Vec<_> = (0..6)
            .map(|number| {
                let (billing, id) = (test_bed.billing.clone(), format!("r-{round}-{number}"));
                tokio::spawn(async move { (id.clone(), billing.authorize(order(&id, "12.50 USD")).await) })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(round * 2)).await;
        disk.fill(round % 4 * 4096);
        for call in calls {
            let (id, answer) = call.await.unwrap();
            match answer.0 {
                Ok(result) => held.push((id, result.payment.unwrap().id)),
                Err(status) => {
                    let reason = crate::stage::billing::reason(&status);
                    assert_eq!(reason, "ResourceExhausted JOURNAL_FULL", "{id}");
                    refused.push(id);
                }
            }
        }
        disk.empty();
    }
    assert!(held.len() >= 20 && refused.len() >= 30, "{} held, {} refused", held.len(), refused.len());
    // The journal of all of them, and what its log has grown to meanwhile, need more than 16 MiB.
    disk.resize(64);
    assert_eq!(test_bed.authorizations(), held.len(), "Stripe did what was written down, and nothing else");
    for (id, payment) in held {
        let again = test_bed.billing.authorize(order(&id, "12.50 USD")).await.result();
        assert_eq!((again.duplicate, again.payment.unwrap().id), (true, payment));
    }
    for id in refused {
        let result = authorize_once_there_is_room(&test_bed, &id).await;
        assert!(!result.duplicate && result.outcome() == v1::Outcome::Approved, "{id}");
    }
}

/// Repeats a request that was refused for lack of room, as its refusal says. The relay looks at the disk once a
/// second, and may have seen it full just before it was emptied.
async fn authorize_once_there_is_room(test_bed: &TestBed, id: &str) -> v1::OperationResult {
    for _ in 0..200 {
        match test_bed.billing.authorize(order(id, "12.50 USD")).await.0 {
            Ok(result) => return result,
            Err(status) => {
                let reason = crate::stage::billing::reason(&status);
                assert_eq!(reason, "ResourceExhausted JOURNAL_FULL", "{id}");
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} is still refused for lack of room");
}
