//! Who comes in, and who does not.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn door(file: &Path) -> Door {
    match Door::open(0, Some(file)) {
        Ok(door) => door,
        Err(failure) => panic!("{}", failure.told().1),
    }
}

/// What a guest that says this hears, and whether it was let in.
fn heard(door: &Door, said: &[u8]) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(door.address).expect("connects");
    stream.write_all(said).expect("said");
    // What is closed with something unread is reset.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (answer, door.guests.try_recv().is_ok())
}

#[test]
fn who_does_not_say_the_token_first_hears_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let door = door(&folder.path().join("token"));
    let greeting = door.token.greeting();
    let mut wrong = greeting.clone();
    wrong[30] = if wrong[30] == b'0' { b'1' } else { b'0' };
    let late = [&b"Content-Length: 2\r\n"[..], &greeting, b"\r\n{}"].concat();
    let lower = String::from_utf8_lossy(&greeting)
        .to_lowercase()
        .into_bytes();
    for said in [
        &b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"[..],
        b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 200\r\n\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 80\r\n\r\n{\"seq\":1,\"type\":\"request\",\"command\":\"initialize\",\"arguments\":{}}            ",
        &wrong,
        &late,
        &lower,
        &greeting[..greeting.len() - 1],
        b"Authorization: Bearer \r\n\r\n",
        b"",
        &[0; 4096],
    ] {
        let outcome = heard(&door, said);
        assert_eq!(outcome, (vec![], false), "{}", String::from_utf8_lossy(said));
    }
}

#[test]
fn who_says_it_comes_in_past_those_who_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let door = door(&file);
    let silent: Vec<_> = (0..MOST_WAITING / 2)
        .map(|_| TcpStream::connect(door.address).expect("connects"))
        .collect();
    let guest = enter(door.address.port(), Some(&file));
    let Ok(mut guest) = guest else {
        panic!("not let in");
    };
    guest.write_all(b"hello").expect("said");
    let mut inside = door.guest().expect("somebody comes");
    let mut said = [0; 5];
    inside.read_exact(&mut said).expect("heard");
    assert_eq!(&said, b"hello");
    drop(silent);
}

#[test]
fn the_file_is_the_owners_alone_and_nobody_elses_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("deeper").join("token");
    let first = door(&file);
    let mode = file.metadata().expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("reads");
    assert!(Token::parse(&text) == Some(first.token.clone()));
    // One that was left behind is replaced, and each start has its own.
    let second = door(&file);
    assert!(second.token != first.token);
    drop(second);
    assert!(!file.exists());
    fs::write(&file, "precious").expect("written");
    assert!(Door::open(0, Some(&file)).is_err());
    assert_eq!(fs::read_to_string(&file).expect("reads"), "precious");
    let link = folder.path().join("link");
    symlink(&file, &link).expect("linked");
    assert!(Door::open(0, Some(&link)).is_err());
    assert_eq!(fs::read_to_string(&file).expect("reads"), "precious");
}
