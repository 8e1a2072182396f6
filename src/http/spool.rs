//! Where sweeps of the service keep their draws while they work: a folder that nobody else reads, and that outlives no process for long.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::files;
use crate::finding::{self, Finding};
use crate::store::{Moment, Store};

/// Owner alone.
const PRIVATE: u32 = 0o700;

/// The folder of one process.
#[derive(Debug)]
pub struct Spool {
    /// Where the folders of all processes of a store lie, each called by this beginning and its server; `None` where a store that
    /// is kept nowhere has one process.
    shared: Option<(PathBuf, String)>,
    /// Whether the folder that they lie in is the store's own.
    is_root: bool,
    own: PathBuf,
}

/// Where the processes of a store keep their draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of the store.
    Folder(PathBuf),
    /// Among the temporary files of the system, by a mark of the store.
    Temporary(String),
}

/// The beginning of the name of a folder among the temporary files.
fn beginning(mark: &str) -> String {
    format!("ecocomp-{mark}-")
}

/// A folder of one sweep, which goes with it.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Spool {
    /// The folder of a server process; nothing is made before it is needed.
    pub fn new(place: Option<Place>, server: &str) -> Self {
        let is_root = matches!(place, Some(Place::Folder(_)));
        let shared = place.map(|place| match place {
            Place::Folder(root) => (root, String::new()),
            Place::Temporary(mark) => (std::env::temp_dir(), beginning(&mark)),
        });
        // Among the temporary files anybody may put something before us: the name has a part that nobody knows beforehand, and is
        // not taken where it is there.
        let own = match &shared {
            Some((within, beginning)) => within.join(format!("{beginning}{server}")),
            None => std::env::temp_dir().join(format!("ecocomp-{}", uuid::Uuid::now_v7().simple())),
        };
        Self { shared, is_root, own }
    }

    /// The folder of the store, where it has one.
    fn root(&self) -> Option<&Path> {
        self.shared.as_ref().filter(|_| self.is_root).map(|(root, _)| root.as_path())
    }

    /// A new folder for a sweep.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn folder(&self) -> Result<Folder, Finding> {
        let path = self.own.join(uuid::Uuid::now_v7().to_string());
        let made = self.root().map_or(Ok(()), private);
        let made = made.and_then(|()| private(&self.own)).and_then(|()| DirBuilder::new().mode(PRIVATE).create(&path));
        match made {
            Ok(()) => Ok(Folder(path)),
            Err(error) => Err(Finding::error("cli.unwritable", finding::Place::file(path.display().to_string()))
                .with("why", files::why(&error))),
        }
    }

    /// Removes what processes left behind that live no more.
    pub async fn tidy(&self, store: &dyn Store) {
        let Some((within, beginning)) = &self.shared else { return };
        let Ok(entries) = fs::read_dir(within) else { return };
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|path| *path != self.own) {
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(server) = name.and_then(|name| name.strip_prefix(beginning.as_str())) else { continue };
            if store.lives(server, Moment::now()).await == Ok(false) {
                let _ = fs::remove_dir_all(&path);
            }
        }
    }

    /// Removes the folder of this process, at its end.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(&self.own);
        // Only where no other process has one.
        let _ = self.root().map(fs::remove_dir);
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Makes a folder that its owner alone reads; one that is there must be a folder, and becomes so.
fn private(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(PRIVATE).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_dir() {
                return Err(error);
            }
            fs::set_permissions(path, Permissions::from_mode(PRIVATE))
        }
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Server, open};

    #[test]
    fn what_the_dead_left_behind_goes_and_what_the_living_have_stays() {
        let root = std::env::temp_dir().join(format!("ecocomp-test-{}", uuid::Uuid::now_v7().simple()));
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let store = open("sqlite::memory:").await.unwrap();
            let (now, long) = (Moment::now(), std::time::Duration::from_secs(60));
            for id in ["own", "other"] {
                let server = Server { id: id.to_owned(), name: id.to_owned() };
                store.register_server(&server, now, now.plus(long)).await.unwrap();
            }
            let [own, other, dead] =
                ["own", "other", "dead"].map(|id| Spool::new(Some(Place::Folder(root.clone())), id));
            let folders = [&own, &other, &dead].map(|spool| spool.folder().unwrap());
            own.tidy(&*store).await;
            assert_eq!(folders.each_ref().map(|folder| folder.path().exists()), [true, true, false]);
            own.clear();
            assert!(root.exists());
            drop((own, dead, other));
            assert!(!root.exists());
        });
    }

    #[test]
    fn what_the_dead_left_among_temporary_files_goes_and_what_is_of_another_store_stays() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let store = open("sqlite::memory:").await.unwrap();
            let (now, long) = (Moment::now(), std::time::Duration::from_secs(60));
            let mark = uuid::Uuid::now_v7().simple().to_string();
            let server = Server { id: format!("own-{mark}"), name: "own".to_owned() };
            store.register_server(&server, now, now.plus(long)).await.unwrap();
            let of = |mark: &str, id: &str| Spool::new(Some(Place::Temporary(mark.to_owned())), id);
            let (own, dead) = (of(&mark, &server.id), of(&mark, "dead"));
            let other = of(&format!("other{mark}"), "dead");
            let folders = [&own, &dead, &other].map(|spool| spool.folder().unwrap());
            own.tidy(&*store).await;
            assert_eq!(folders.each_ref().map(|folder| folder.path().exists()), [true, false, true]);
            let kept = folders.each_ref().map(|folder| folder.path().to_owned());
            drop((own, dead, other));
            assert!(kept.iter().all(|path| !path.exists()));
            assert!(std::env::temp_dir().exists());
        });
    }

    #[test]
    fn without_a_root_each_has_its_own() {
        let (one, other) = (Spool::new(None, "a"), Spool::new(None, "a"));
        let (first, second) = (one.folder().unwrap(), other.folder().unwrap());
        assert_ne!(first.path().parent(), second.path().parent());
        let mode = fs::metadata(first.path().parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, PRIVATE);
        let path = first.path().to_owned();
        drop(first);
        assert!(!path.exists());
        let of_other = second.path().to_owned();
        drop((one, other));
        assert!(!of_other.exists());
    }
}
