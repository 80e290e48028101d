//! Tests of files that are made for the owner alone, and of files that cannot be read as files.

use std::os::unix::fs::symlink;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("causeway-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_is_for_its_owner_and_made_once() {
    let folder = Folder::new("made-once");
    let file = folder.path("key");
    assert!(read_own(&file).unwrap().is_none());
    create(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    assert_eq!(create(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    open_or_create(&file).unwrap().write_all(b"kept").unwrap();
    assert_eq!(read_text(&file).unwrap().0, "kept");
    replace(&file, b"new", || assert_eq!(read_text(&file).unwrap().0, "kept")).unwrap();
    assert_eq!((read_text(&file).unwrap().0.as_str(), mode(&file)), ("new", 0o600));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_planted_link_is_not_followed() {
    let folder = Folder::new("planted");
    let (file, victim) = (folder.path("cursor"), folder.path("victim"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, folder.path("cursor.new")).unwrap();
    replace(&file, b"7", || {}).unwrap();
    assert_eq!((read_text(&file).unwrap().0.as_str(), mode(&file)), ("7", 0o600));
    symlink(&victim, folder.path("planted")).unwrap();
    symlink(folder.path("nothing"), folder.path("dangling")).unwrap();
    for name in ["planted", "dangling"] {
        assert!(create(&folder.path(name)).is_err(), "{name}");
        let message = open_or_create(&folder.path(name)).unwrap_err().to_string();
        assert!(message.contains("a symbolic link"), "{message}");
        assert!(read_own(&folder.path(name)).is_err(), "{name}");
    }
    assert!(!folder.path("nothing").exists());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn a_pipe_a_device_and_a_folder_are_no_files() {
    let folder = Folder::new("no-files");
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [pipe.as_path(), &folder.0, Path::new("/dev/zero")] {
        for seen in [read(path).map(drop), check_regular(path).map(drop), open_or_create(path).map(drop)] {
            assert!(seen.is_err(), "{}", path.display());
        }
        let message = read(path).unwrap_err().to_string();
        assert!(message.contains("has to be a file"), "{message}");
    }
}

#[test]
fn the_exposure_of_a_file_names_the_mode_and_the_remedy() {
    let folder = Folder::new("exposure");
    let file = folder.path("settings");
    fs::write(&file, "").unwrap();
    for (mode, others, everybody, writers) in [
        (0o600, false, false, false),
        (0o400, false, false, false),
        (0o640, true, false, false),
        (0o660, true, false, true),
        (0o604, true, true, false),
        (0o602, true, true, true),
    ] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let exposure = Exposure::of(&fs::metadata(&file).unwrap());
        let seen = (exposure.to_others(), exposure.to_everybody(), exposure.to_writers());
        assert_eq!(seen, (others, everybody, writers), "{mode:o}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let sentence = Exposure::of(&fs::metadata(&file).unwrap()).sentence(&file);
    assert!(sentence.contains("mode 0644") && sentence.contains("chmod 600 "), "{sentence}");
}
