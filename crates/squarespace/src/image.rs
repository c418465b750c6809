//! Pictures of products: uploading them, following their processing, arranging them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, File, SecretString, lenient};

use crate::client::{Client, fetch, run};
use crate::id::{ImageId, ProductId};

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductImage {
    /// Its id.
    pub id: ImageId,
    /// What it shows; at first the name of its file.
    #[serde(default)]
    pub alt_text: Option<String>,
    /// Where it is; `?format=` and one of its formats fetches a smaller one.
    #[serde(default)]
    pub url: Option<String>,
    /// Its size when it was uploaded.
    #[serde(default)]
    pub original_size: Option<ImageSize>,
    /// The widths that it can be fetched in, such as `750w`; none while it is processed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub available_formats: Vec<String>,
    /// Its place among the pictures of the product, from 0.
    #[serde(default)]
    pub order_index: Option<i64>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The size of a picture in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSize {
    /// The width.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub width: i64,
    /// The height.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub height: i64,
}

/// A picture to upload: under 20 MB and under 60 megapixels. Its `Debug` leaves the content out.
#[derive(Clone)]
pub struct NewImage {
    /// The name of the file, which becomes a part of the address, and what the picture is said to show.
    pub file_name: String,
    /// What the content is.
    pub format: ImageFormat,
    /// The file.
    pub content: Vec<u8>,
}

wire::debug_only!(NewImage { file_name, format });

/// The formats that the vendor takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// JPEG
    Jpeg,
    /// PNG
    Png,
    /// GIF
    Gif,
}

wire::open_enum! {
    /// How far the processing of a picture is.
    pub enum ImageStatus {
        Queued = "QUEUED",
        Processing = "PROCESSING",
        Ready = "READY",
        Error = "ERROR",
    }
}

impl ImageFormat {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }
}

impl Client {
    /// Uploads a picture as the last one of a product. `POST /v2/commerce/products/{productId}/images`
    ///
    /// The answer comes before the picture is processed: ask [`Client::image_status`] before it is used, and
    /// delete it where that is [`ImageStatus::Error`]. Sent again after a lost answer it makes a second one.
    pub async fn upload_image(
        &self,
        product: &ProductId,
        image: NewImage,
        token: &SecretString,
    ) -> Result<ImageId, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            image_id: ImageId,
        }

        let operation = "POST /v2/commerce/products/{productId}/images";
        let file = File {
            name: image.file_name,
            media_type: image.format.media_type(),
            content: image.content,
        };
        let call = self
            .call(operation, &[product.as_str()], token)
            .file("file", file);
        fetch::<Answer>(call).await.map(|answer| answer.image_id)
    }

    /// How far the processing of a picture is.
    /// `GET /v2/commerce/products/{productId}/images/{imageId}/status`
    pub async fn image_status(
        &self,
        product: &ProductId,
        id: &ImageId,
        token: &SecretString,
    ) -> Result<ImageStatus, Error> {
        #[derive(Deserialize)]
        struct Answer {
            status: ImageStatus,
        }

        let operation = "GET /v2/commerce/products/{productId}/images/{imageId}/status";
        let call = self.call(operation, &[product.as_str(), id.as_str()], token);
        fetch::<Answer>(call).await.map(|answer| answer.status)
    }

    /// Says what a picture shows, in up to 200 characters.
    /// `POST /v2/commerce/products/{productId}/images/{imageId}`
    pub async fn set_image_alt_text(
        &self,
        product: &ProductId,
        id: &ImageId,
        alt_text: &str,
        token: &SecretString,
    ) -> Result<ProductImage, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            alt_text: &'a str,
        }

        let operation = "POST /v2/commerce/products/{productId}/images/{imageId}";
        let call = self.call(operation, &[product.as_str(), id.as_str()], token);
        fetch(call.json(&Body { alt_text })).await
    }

    /// Moves a picture behind another one of the product, or to the front.
    /// `POST /v2/commerce/products/{productId}/images/{imageId}/order`
    pub async fn move_image(
        &self,
        product: &ProductId,
        id: &ImageId,
        after: Option<&ImageId>,
        token: &SecretString,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            /// Written even where it is null, which means the front.
            after_image_id: Option<&'a ImageId>,
        }

        let operation = "POST /v2/commerce/products/{productId}/images/{imageId}/order";
        let call = self.call(operation, &[product.as_str(), id.as_str()], token);
        run(call.json(&Body {
            after_image_id: after,
        }))
        .await
    }

    /// Deletes a picture from a product and from each variant that shows it, for good.
    /// `DELETE /v2/commerce/products/{productId}/images/{imageId}`
    pub async fn delete_image(
        &self,
        product: &ProductId,
        id: &ImageId,
        token: &SecretString,
    ) -> Result<(), Error> {
        let operation = "DELETE /v2/commerce/products/{productId}/images/{imageId}";
        run(self.call(operation, &[product.as_str(), id.as_str()], token)).await
    }
}
