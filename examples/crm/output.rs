//! Where results go: the screen, or a file that is there whole or not at all.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// What a command prints into.
#[derive(Debug)]
pub(crate) enum Output {
    /// The standard output.
    Screen(BufWriter<io::Stdout>),
    /// A file.
    File(NewFile),
    /// Nowhere: of a command that is only tried out.
    Nowhere,
}

impl Output {
    /// The standard output, or a file.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        match path {
            None => Ok(Self::Screen(BufWriter::new(io::stdout()))),
            Some(path) => NewFile::create(path).map(Self::File),
        }
    }

    /// Whether people look at it as it is written.
    pub(crate) fn is_terminal(&self) -> bool {
        match self {
            Self::Screen(_) => io::stdout().is_terminal(),
            Self::File(_) | Self::Nowhere => false,
        }
    }

    /// Everything was printed.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Screen(mut screen) => Ok(screen.flush()?),
            Self::File(file) => file.finish(),
            Self::Nowhere => Ok(()),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Screen(screen) => screen.write(bytes),
            Self::File(file) => file.write(bytes),
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Screen(screen) => screen.flush(),
            Self::File(file) => file.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

/// A file that takes its name only when it is complete; until then, what had the name stays as it was.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file beside where it will be.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if path.is_dir() {
            return Err(Failure::Failed(format!("`{}`: it is a directory; name a file", path.display())));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".crm-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: the user's mask takes away what it takes away.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(|error| Failure::file(path, &error))?;
        Ok(Self { file: BufWriter::new(file), path: path.to_owned() })
    }

    /// The file is complete and takes its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::file(&self.path, &error);
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
