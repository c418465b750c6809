//! The vendor's ids: opaque strings, each with a type of its own.

wire::id! {
    /// The id of an order.
    pub struct OrderId;
}

wire::id! {
    /// The id of a line of an order.
    pub struct LineItemId;
}

wire::id! {
    /// The id of a product.
    pub struct ProductId;
}

wire::id! {
    /// The id of a variant of a product, which is also the id of its stock.
    pub struct VariantId;
}

wire::id! {
    /// The id of an image of a product.
    pub struct ImageId;
}

wire::id! {
    /// The id of a store page.
    pub struct StorePageId;
}

wire::id! {
    /// The id of a buyer, who is a contact of the site.
    pub struct CustomerId;
}

wire::id! {
    /// The id of a contact.
    pub struct ContactId;
}

wire::id! {
    /// The id of an entry of a contact's address book.
    pub struct AddressBookEntryId;
}

wire::id! {
    /// The id of a profile.
    pub struct ProfileId;
}

wire::id! {
    /// The id of a website.
    pub struct WebsiteId;
}

wire::id! {
    /// The id of a person who may sign in to the vendor.
    pub struct MemberId;
}

wire::id! {
    /// The id of a transaction document.
    pub struct DocumentId;
}

wire::id! {
    /// The id of a discount.
    pub struct DiscountId;
}

wire::id! {
    /// The id of a way of fulfilment.
    pub struct FulfillmentOptionId;
}

wire::id! {
    /// The id of a webhook subscription.
    pub struct SubscriptionId;
}

wire::id! {
    /// The id of a notification: the same on each repeat of it.
    pub struct NotificationId;
}

impl From<CustomerId> for ContactId {
    fn from(buyer: CustomerId) -> Self {
        Self(buyer.into())
    }
}
