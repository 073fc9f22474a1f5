//! Messages on a stream: a header with `Content-Length`, an empty line, and so many bytes of JSON.

use std::io::{self, BufRead, Read, Write};

/// No header line and no message is longer than this.
const MAX_HEADER: u64 = 4096;
const MAX_MESSAGE: usize = 16 << 20;

/// What came of reading one message.
pub(super) enum Framed {
    /// The bytes of one message.
    Message(Vec<u8>),
    /// The stream ended, between messages.
    End,
    /// Where the next message begins is not known any more.
    Broken(String),
}

/// Reads one message.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Framed> {
    let mut length: Option<usize> = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        let count = input
            .by_ref()
            .take(MAX_HEADER)
            .read_until(b'\n', &mut line)?;
        if count == 0 && is_first {
            return Ok(Framed::End);
        }
        if line.last() != Some(&b'\n') {
            return broken("a header line is cut or too long");
        }
        is_first = false;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            break;
        }
        let Some((name, value)) = text.split_once(':') else {
            return broken("a header line has no colon");
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            let number = value.trim();
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let new = number.parse().ok().filter(|_| is_number);
            let Some(new) = new.filter(|new| length.is_none_or(|old| old == *new)) else {
                return broken("Content-Length is no number, or is given twice");
            };
            length = Some(new);
        }
    }
    let Some(length) = length else {
        return broken("a message has no Content-Length");
    };
    if length > MAX_MESSAGE {
        return broken("a message is longer than 16 MiB");
    }
    let mut message = Vec::new();
    input
        .by_ref()
        .take(length as u64)
        .read_to_end(&mut message)?;
    if message.len() < length {
        return broken("the stream ended within a message");
    }
    Ok(Framed::Message(message))
}

fn broken(why: &str) -> io::Result<Framed> {
    Ok(Framed::Broken(why.into()))
}

/// Writes one message.
pub(super) fn write(output: &mut impl Write, message: &[u8]) -> io::Result<()> {
    write!(output, "Content-Length: {}\r\n\r\n", message.len())?;
    output.write_all(message)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(bytes: &[u8]) -> String {
        match read(&mut &bytes[..]).expect("reading memory") {
            Framed::Message(message) => String::from_utf8_lossy(&message).into_owned(),
            Framed::End => "end".into(),
            Framed::Broken(why) => format!("broken: {why}"),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, b"{}").expect("writing to memory");
        assert_eq!(outcome(&bytes), "{}");
        assert_eq!(outcome(b"content-length:2\nX: y\n\n{}"), "{}");
        assert_eq!(outcome(b""), "end");
    }

    #[test]
    fn broken_frames_are_told() {
        for bytes in [
            &b"\r\n"[..],
            b"{}",
            b"Content-Length: -1\r\n\r\n",
            b"Content-Length: +2\r\n\r\n{}",
            b"Content-Length: 99999999999\r\n\r\n{}",
            b"Content-Length: 99999999999999999999999\r\n\r\n{}",
            b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            b"Content-Length: 5\r\n\r\n{}",
            b"Content-Length: \r\n\r\n{}",
            b"Content-Length 2\r\n\r\n{}",
            b"Content-Length: 2\r\n",
            &[b'x'; 9000],
        ] {
            assert!(
                outcome(bytes).starts_with("broken"),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}
