//! The body of a call by name: JSON, or a file in the form that the vendor takes.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Full};
use portico_domain::Chance;
use wire::catalog::{Body, Operation};

use crate::gateway::{Refusal, Streamed};

/// What a call carries.
#[derive(Clone, Debug)]
pub enum CallBody {
    None,
    Json(Bytes),
    /// A file under its own name.
    File {
        name: String,
        content: Bytes,
    },
}

impl CallBody {
    /// The body with its header, provided that it is what the operation takes.
    pub(super) fn of_request(
        &self,
        operation: &Operation,
        chance: &Chance,
    ) -> Result<(HeaderMap, Streamed), Refusal> {
        let id = operation.id;
        let wrong = |why: String| Err(Refusal::Request(why));
        let (content_type, bytes) = match (operation.body, self) {
            (Body::None, Self::None) => (None, Bytes::new()),
            (Body::None, Self::Json(_) | Self::File { .. }) => {
                return wrong(format!("{id} takes no body; leave it out"));
            }
            (Body::Json | Body::MergePatch, Self::Json(json)) => (
                operation.body.content_type().map(str::to_owned),
                json.clone(),
            ),
            (Body::Json | Body::MergePatch, Self::None | Self::File { .. }) => {
                return wrong(format!(
                    "{id} needs a body of JSON; `portico operations show {id}` has its schema"
                ));
            }
            (Body::Multipart { part }, Self::File { name, content }) => {
                let boundary = hex::encode(chance.bytes::<16>());
                let form = form(&boundary, part, name, content);
                let content_type = format!("multipart/form-data; boundary={boundary}");
                (Some(content_type), form)
            }
            (Body::Multipart { .. }, Self::None | Self::Json(_)) => {
                return wrong(format!("{id} needs a file"));
            }
        };
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            let value = HeaderValue::try_from(content_type)
                .expect("a media type and a boundary of digits go into a header");
            headers.insert(header::CONTENT_TYPE, value);
        }
        let body = Full::new(bytes).map_err(|never| match never {});
        Ok((headers, body.boxed_unsync()))
    }
}

/// A form with one part, which is the file (RFC 7578).
fn form(boundary: &str, part: &str, name: &str, content: &Bytes) -> Bytes {
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        quoted(name),
        media_type(content)
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let mut form = BytesMut::with_capacity(head.len() + content.len() + end.len());
    form.put(head.as_bytes());
    form.put(content.as_ref());
    form.put(end.as_bytes());
    form.freeze()
}

/// A file's name as browsers write it into a form.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// By the first bytes, since a name can be wrong.
fn media_type(content: &[u8]) -> &'static str {
    match content {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_one_part_of_a_form_and_cannot_end_its_own_head() {
        let form = form(
            "b0",
            "file",
            "a\"b\r\nX: 1.gif",
            &Bytes::from_static(b"GIF89a"),
        );
        assert_eq!(
            std::str::from_utf8(&form).unwrap(),
            "--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b%0D%0AX: 1.gif\"\r\n\
             Content-Type: image/gif\r\n\r\nGIF89a\r\n--b0--\r\n"
        );
    }
}
