//! The door of every server of rdbg: who may come in.
//!
//! A server runs code and reads files as its owner, so that whoever reaches it is its owner. It
//! listens on the loopback alone, and that is not enough: every user and every web page of the
//! machine reaches that. So each start makes a token of 128 random bits, which stands on stderr and
//! in a file that only the owner can read, and the first bytes of a connection have to be
//!
//! ```text
//! Authorization: Bearer TOKEN
//! ```
//!
//! and a line end (`\r\n`). Until they are there, nothing that was sent is looked at; after anything
//! else the connection is closed without a word, which is all that a request by HTTP gets. Where
//! messages begin with a header, as those of the Debug Adapter Protocol, the line is simply the first
//! of the first header.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::{FOUND, Failure};

/// A guest has so long to say the token.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many guests may be saying it at a time; others are turned away.
const MOST_WAITING: usize = 64;
/// Bytes of a token, each two digits.
const BYTES: usize = 16;

/// What only the owner knows.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    fn new() -> io::Result<Token> {
        let mut bytes = [0; BYTES];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Token(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    fn parse(text: &str) -> Option<Token> {
        let text = text.trim();
        let is_one = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Token(text.into()))
    }

    /// What a guest has to say first.
    fn greeting(&self) -> Vec<u8> {
        format!("Authorization: Bearer {}\r\n", self.0).into_bytes()
    }
}

/// Whether two texts of one length are the same, in a time that does not tell where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    let pairs = one.iter().zip(other);
    let differs = pairs.fold(0, |differs, (a, b)| differs | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differs) == 0
}

/// An open door.
pub(crate) struct Door {
    address: SocketAddr,
    token: Token,
    /// Where the token is kept.
    file: PathBuf,
    guests: Receiver<TcpStream>,
}

impl Door {
    /// Listens on a port of this machine (0 is a free one), and keeps the token in a file.
    pub(crate) fn open(port: u16, file: Option<&Path>) -> Result<Door, Failure> {
        let busy = |error| Failure::Other(FOUND, format!("cannot listen on port {port}: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let token = Token::new().map_err(busy)?;
        let file = match file {
            Some(file) => file.to_path_buf(),
            None => usual_file(address.port()).ok_or_else(no_place)?,
        };
        let unkept = |error| {
            let text = format!(
                "{}: the token cannot be kept there: {error}",
                file.display()
            );
            Failure::Other(FOUND, text)
        };
        keep(&token, &file).map_err(unkept)?;
        let (sender, guests) = sync_channel(0);
        let asks = token.greeting();
        std::thread::spawn(move || let_in(&listener, &asks.into(), &sender));
        Ok(Door {
            address,
            token,
            file,
            guests,
        })
    }

    /// Where it is, in two lines for the owner.
    pub(crate) fn sign(&self, what: &str) -> [String; 2] {
        let (address, token, file) = (self.address, &self.token.0, self.file.display());
        [
            format!("waiting for {what} on {address}"),
            format!("its token is {token}, which {file} keeps for `rdbg dap --connect`"),
        ]
    }

    /// The next guest that knows the token.
    pub(crate) fn guest(&self) -> Option<TcpStream> {
        self.guests.recv().ok()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// Asks everybody who comes for the token, each on a thread of its own: who is slow, or says
/// nothing, keeps nobody waiting.
fn let_in(listener: &TcpListener, asks: &Arc<[u8]>, sender: &SyncSender<TcpStream>) {
    let waiting = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().flatten() {
        if waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            waiting.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (asks, sender, left) = (asks.clone(), sender.clone(), waiting.clone());
        let ask = move || {
            let admitted = admit(stream, &asks);
            left.fetch_sub(1, Ordering::Relaxed);
            if let Ok(Some(stream)) = admitted {
                let _ = sender.send(stream);
            }
        };
        // Without a thread to spare, nobody comes in.
        if std::thread::Builder::new().spawn(ask).is_err() {
            waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The stream behind the token, if that is what it begins with.
fn admit(mut stream: TcpStream, asks: &[u8]) -> io::Result<Option<TcpStream>> {
    let until = Instant::now() + PATIENCE;
    let mut said = vec![0; asks.len()];
    let mut length = 0;
    while let Some(room) = said.get_mut(length..).filter(|room| !room.is_empty()) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(room)? {
            0 => return Ok(None),
            count => length += count,
        }
    }
    if !same(&said, asks) {
        return Ok(None);
    }
    stream.set_read_timeout(None)?;
    Ok(Some(stream))
}

/// Goes through the door of a server on this machine.
pub(crate) fn enter(port: u16, file: Option<&Path>) -> Result<TcpStream, Failure> {
    let file = match file {
        Some(file) => file.to_path_buf(),
        None => usual_file(port).ok_or_else(no_place)?,
    };
    let unread = |error| {
        let text = format!(
            "{}: the token of port {port} cannot be read: {error}; name its file with --token-file",
            file.display()
        );
        Failure::Other(FOUND, text)
    };
    let mut text = String::new();
    let limit = 2 * BYTES as u64 + 2;
    let open = File::open(&file).map_err(unread)?;
    open.take(limit).read_to_string(&mut text).map_err(unread)?;
    let no_token = || unread(io::Error::other("it holds no token"));
    let token = Token::parse(&text).ok_or_else(no_token)?;
    let unheard = |error| Failure::Other(FOUND, format!("nobody answers on port {port}: {error}"));
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(unheard)?;
    stream.write_all(&token.greeting()).map_err(unheard)?;
    Ok(stream)
}

fn no_place() -> Failure {
    let text = "there is no folder for the token; name a file with --token-file";
    Failure::Other(FOUND, text.into())
}

/// Where the token of a port is kept: in the folder that the system keeps for the user's running
/// programs, else in that for their state.
fn usual_file(port: u16) -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    let home = || Some(folder("HOME")?.join(".local/state"));
    let folder = folder("XDG_RUNTIME_DIR")
        .or_else(|| folder("XDG_STATE_HOME"))
        .or_else(home)?;
    Some(folder.join("rdbg").join(format!("port-{port}.token")))
}

/// Writes the token into a new file that only the owner can read; one that was left behind goes.
fn keep(token: &Token, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let is_old = || {
        let is_file = fs::symlink_metadata(file).is_ok_and(|there| there.is_file());
        is_file && fs::read_to_string(file).is_ok_and(|text| Token::parse(&text).is_some())
    };
    if is_old() {
        fs::remove_file(file)?;
    }
    // What is there beside that is somebody's: a new file is made, and no link is followed.
    let mut options = File::options();
    let mut kept = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    kept.write_all(token.0.as_bytes())?;
    kept.write_all(b"\n")
}

#[cfg(test)]
mod tests;
