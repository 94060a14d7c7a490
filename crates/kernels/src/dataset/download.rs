//! One file over HTTP, resumed where it broke off.
//!
//! Resumption follows RFC 9110, section 14: a server may ignore `Range`, answer another range, or refuse it; only an
//! answer that begins where the file ends is appended. Does not depend on what the file holds.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::time::Duration;

/// More than any file of MNIST, less than what fills a disk.
const MOST: u64 = 1 << 28;
const PIECE: usize = 1 << 16;

/// Why a file did not arrive.
pub(super) enum Failure {
    /// The observer asked for the end.
    Cancelled,
    /// The file cannot be written.
    Disk(io::Error),
    /// The mirror did not give it: what happened.
    Remote(String),
}

/// How one request ended that did not end the download.
enum Broken {
    /// Asking again for the rest may help.
    Resumable(String),
    /// The server does not continue the file on disk; ask for all of it.
    Restart,
    /// Asking again will not help.
    Final(Failure),
}

/// A client with its limits.
pub(super) struct Agent {
    agent: ureq::Agent,
    resumptions: u32,
}

impl Agent {
    /// A client that gives up connecting after `connect`, and on a silence of `silence`, and asks a server that broke
    /// off `resumptions` times for the rest.
    pub(super) fn new(connect: Duration, silence: Duration, resumptions: u32) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_recv_response(Some(silence))
            .timeout_per_read(Some(silence))
            .timeout_per_write(Some(silence))
            .http_status_as_error(false)
            .user_agent(concat!("perceptop/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), resumptions }
    }

    /// Makes `part` the whole file at `url`, keeping what it already holds where the server continues it. `watch` is
    /// told the bytes on disk and, where known, the bytes of the whole file.
    pub(super) fn download(
        &self,
        url: &str,
        part: &mut File,
        watch: &mut impl FnMut(u64, Option<u64>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut left = self.resumptions;
        let mut restarted = false;
        loop {
            match self.request(url, part, watch) {
                Ok(()) => return Ok(()),
                Err(Broken::Final(failure)) => return Err(failure),
                Err(Broken::Restart) if !restarted => {
                    restarted = true;
                    part.set_len(0).map_err(Failure::Disk)?;
                }
                Err(Broken::Restart) => return Err(Failure::Remote("answers with another range than asked".into())),
                Err(Broken::Resumable(reason)) if left == 0 => return Err(Failure::Remote(reason)),
                Err(Broken::Resumable(_)) => left -= 1,
            }
        }
    }

    fn request(
        &self,
        url: &str,
        part: &mut File,
        watch: &mut impl FnMut(u64, Option<u64>) -> ControlFlow<()>,
    ) -> Result<(), Broken> {
        let disk = |error| Broken::Final(Failure::Disk(error));
        let remote = |reason: String| Broken::Final(Failure::Remote(reason));
        let mut bytes = part.seek(SeekFrom::End(0)).map_err(disk)?;
        if watch(bytes, None).is_break() {
            return Err(Broken::Final(Failure::Cancelled));
        }
        let mut request = self.agent.get(url);
        if url.starts_with("https://") {
            // A redirection must not lead out of the encryption.
            request = request.config().https_only(true).build();
        }
        if bytes > 0 {
            request = request.header("Range", format!("bytes={bytes}-"));
        }
        let response = request.call().map_err(|error| remote(error.to_string()))?;
        match response.status().as_u16() {
            200 => {
                part.set_len(0).map_err(disk)?;
                bytes = part.seek(SeekFrom::Start(0)).map_err(disk)?;
            }
            206 if continues(&response, bytes) => {}
            206 | 416 if bytes > 0 => return Err(Broken::Restart),
            status => return Err(remote(format!("HTTP status {status}, allowed are 200 and 206"))),
        }
        let total = response.body().content_length().map(|rest| bytes + rest);
        if let Some(total) = total.filter(|&total| total > MOST) {
            return Err(remote(format!("the file has {total} bytes, allowed are at most {MOST}")));
        }
        let mut body = response.into_body().into_reader();
        let mut piece = vec![0; PIECE];
        loop {
            if watch(bytes, total).is_break() {
                return Err(Broken::Final(Failure::Cancelled));
            }
            let count = match body.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return Err(Broken::Resumable(format!("broke off after {bytes} bytes: {error}"))),
            };
            bytes += count as u64;
            if bytes > MOST {
                return Err(remote(format!("sent more than the {MOST} bytes allowed")));
            }
            part.write_all(&piece[..count]).map_err(disk)?;
        }
        match total {
            Some(total) if bytes < total => Err(Broken::Resumable(format!("ended after {bytes} of {total} bytes"))),
            _ => Ok(()),
        }
    }
}

/// Whether a 206 answer begins at byte `from`.
fn continues<T>(response: &ureq::http::Response<T>, from: u64) -> bool {
    response
        .headers()
        .get("content-range")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("bytes ")?.split_once('-'))
        .is_some_and(|(start, _)| start.trim().parse() == Ok(from))
}
