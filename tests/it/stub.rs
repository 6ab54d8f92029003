//! A small HTTP server for what no registry at hand answers. One thread, one request a
//! connection; it ends with the test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request, headers in lower case.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn authorization(&self) -> &str {
        self.headers.get("authorization").map_or("", String::as_str)
    }
}

/// Status, headers as lines, body.
pub type Response = (u16, String, Vec<u8>);

pub fn json(status: u16, body: &str) -> Response {
    (status, String::new(), body.as_bytes().to_vec())
}

/// The clock that the sandbox has.
pub const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

/// The server.
pub struct Stub {
    pub base_url: String,
    pub seen: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    pub fn start(answer: impl Fn(&str, &Request) -> Response + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (base, log) = (base_url.clone(), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else {
                    continue;
                };
                let response = answer(&base, &request);
                log.lock().expect("no panic").push(request);
                write(&stream, &response);
            }
        });
        Self { base_url, seen }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let request = read_one(&mut reader)?;
    if request.method != "CONNECT" {
        return Some(request);
    }
    // It is taken for a proxy: what comes next is for the host itself.
    let mut answer = stream;
    answer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    read_one(&mut reader)
}

fn read_one(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body,
    })
}

fn write(mut stream: &TcpStream, (status, headers, body): &Response) {
    let head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    // A client that has gone away wants nothing.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}
