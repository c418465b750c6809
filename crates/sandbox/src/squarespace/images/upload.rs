//! Taking in an image: the file is judged at once, and processed on the sandbox's clock.

use axum::extract::Path;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use axum::http::{HeaderMap, StatusCode, header};
use imagesize::ImageSize;
use serde_json::{Value, json};

use super::change_images;
use crate::squarespace::Squarespace;
use crate::squarespace::answer::{Refusal, Reply};
use crate::squarespace::products::{Call, Operation, Version};
use crate::squarespace::site::Site;

const PART: &str = "file";
const MOST_IMAGES: usize = 100;
const TOO_MANY_BYTES: usize = 20 * 1024 * 1024;
const TOO_MANY_PIXELS: usize = 60_000_000;

/// The widths in which the vendor offers images that are wide enough.
const WIDTHS: &[usize] = &[100, 300, 500, 750, 1_000, 1_500, 2_500];

/// How the processing of an uploaded image goes.
#[derive(Clone, Copy, Debug)]
pub(in crate::squarespace) struct Upload {
    /// It waits in a queue until then.
    starts_ms: i64,
    ends_ms: i64,
    fails: bool,
}

struct File {
    name: String,
    size: ImageSize,
}

impl Upload {
    fn begin(shop: &Squarespace, now: i64) -> Self {
        let takes = shop.number("image_processing_ms");
        let waits = if shop.flag("queued_images") {
            takes / 2
        } else {
            0
        };
        Self {
            starts_ms: now + waits,
            ends_ms: now + takes,
            fails: shop.choice("image_processing") == "error",
        }
    }

    pub(in crate::squarespace) fn is_ready(self, now: i64) -> bool {
        now >= self.ends_ms && !self.fails
    }

    /// The word for how far it is; versions before the second know no queue.
    pub(in crate::squarespace) fn status(self, version: Version, now: i64) -> &'static str {
        if now >= self.ends_ms {
            return if self.fails { "ERROR" } else { "READY" };
        }
        if now < self.starts_ms && !version.is_legacy() {
            return "QUEUED";
        }
        "PROCESSING"
    }
}

/// `POST /{version}/commerce/products/{productId}/images`
pub(super) async fn upload(
    call: Call,
    Path(product_id): Path<String>,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let file = read(&headers, parts).await?;
    call.change(Operation::ChangeImages, &product_id, |site, product| {
        let ids = &call.shop.world.ids;
        let id = ids.hex24();
        let image = image(site, &id, &file);
        let mut full = false;
        change_images(product, |images| {
            full = images.len() >= MOST_IMAGES;
            images.push(image);
        });
        if full {
            return Err(Refusal::conflict(
                Some("IMAGE_LIMIT_REACHED"),
                format!("The product has {MOST_IMAGES} images already."),
            ));
        }
        let upload = Upload::begin(&call.shop, call.caller.now_ms);
        site.uploads.insert(id.clone(), upload);
        Ok(Reply::Json(StatusCode::ACCEPTED, json!({ "imageId": id })))
    })
}

/// The one file of a request, judged.
async fn read(
    headers: &HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<File, Refusal> {
    let sent = headers.get(header::CONTENT_TYPE);
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !sent.to_ascii_lowercase().starts_with("multipart/form-data") {
        return Err(Refusal::media_type_other_than("multipart/form-data"));
    }
    let mut parts = parts.map_err(|_| not_multipart())?;
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| not_multipart())? {
        files.extend(file_of(part).await?);
    }
    match files.len() {
        1 => judge(files.remove(0)),
        0 => Err(wrong_parts("none")),
        many => Err(wrong_parts(&many.to_string())),
    }
}

/// The name and the bytes, if this is the part that counts.
async fn file_of(part: Field<'_>) -> Result<Option<(String, axum::body::Bytes)>, Refusal> {
    let name = part.file_name().map(str::to_owned);
    let Some(name) = name.filter(|_| part.name() == Some(PART)) else {
        return Ok(None);
    };
    let bytes = part.bytes().await.map_err(|_| not_multipart())?;
    Ok(Some((name, bytes)))
}

fn judge((name, bytes): (String, axum::body::Bytes)) -> Result<File, Refusal> {
    if bytes.len() >= TOO_MANY_BYTES {
        return Err(Refusal::invalid("The file must be smaller than 20 MB."));
    }
    let unreadable = || Refusal::bad_request("The provided file could not be read as an image");
    // Only the formats that the vendor takes are compiled in.
    let size = imagesize::blob_size(&bytes).map_err(|_| unreadable())?;
    if size.width.saturating_mul(size.height) >= TOO_MANY_PIXELS {
        return Err(Refusal::invalid(
            "The image must have fewer than 60 megapixels.",
        ));
    }
    Ok(File { name, size })
}

fn image(site: &Site, id: &str, file: &File) -> Value {
    let site_id = site.profile["siteId"].as_str().unwrap_or_default();
    let name: String = form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
    let formats: Vec<String> = WIDTHS
        .iter()
        .filter(|width| **width <= file.size.width)
        .map(|width| format!("{width}w"))
        .collect();
    json!({
        "id": id,
        "altText": file.name,
        "url": format!("https://images.example/{site_id}/{id}/{name}"),
        "originalSize": { "width": file.size.width, "height": file.size.height },
        "availableFormats": formats,
    })
}

fn wrong_parts(found: &str) -> Refusal {
    Refusal::bad_request(format!(
        "Expected exactly one file part named '{PART}', but found {found}."
    ))
}

fn not_multipart() -> Refusal {
    Refusal::bad_request("The request body is not well-formed multipart data.")
}
