//! The tables of the store as structs, spelled as two of its three scripts spell them.

use chakra::schema::TableRef;
use chakra::{Model, Related};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// All tables.
pub fn tables() -> [&'static TableRef; 11] {
    [
        Album::table(),
        Artist::table(),
        Customer::table(),
        Employee::table(),
        Genre::table(),
        Invoice::table(),
        InvoiceLine::table(),
        MediaType::table(),
        Playlist::table(),
        PlaylistTrack::table(),
        Track::table(),
    ]
}

#[derive(Model, Debug)]
#[chakra(table = "Artist")]
pub struct Artist {
    #[chakra(primary_key, column = "ArtistId")]
    pub id: i32,
    #[chakra(column = "Name")]
    pub name: Option<String>,
    #[chakra(foreign_key = "artist_id", back_populates = "artist")]
    pub albums: Related<Vec<Album>>,
}

#[derive(Model, Debug)]
#[chakra(table = "Album")]
pub struct Album {
    #[chakra(primary_key, column = "AlbumId")]
    pub id: i32,
    #[chakra(column = "Title")]
    pub title: String,
    #[chakra(column = "ArtistId", references = "Artist.ArtistId")]
    pub artist_id: i32,
    #[chakra(foreign_key = "artist_id", back_populates = "albums")]
    pub artist: Related<Artist>,
    #[chakra(foreign_key = "album_id", back_populates = "album")]
    pub tracks: Related<Vec<Track>>,
}

#[derive(Model, Debug)]
#[chakra(table = "Employee")]
pub struct Employee {
    #[chakra(primary_key, column = "EmployeeId")]
    pub id: i32,
    #[chakra(column = "LastName")]
    pub last_name: String,
    #[chakra(column = "FirstName")]
    pub first_name: String,
    #[chakra(column = "Title")]
    pub title: Option<String>,
    #[chakra(column = "ReportsTo", references = "Employee.EmployeeId")]
    pub reports_to: Option<i32>,
    #[chakra(foreign_key = "reports_to", back_populates = "reports")]
    pub manager: Related<Option<Employee>>,
    #[chakra(foreign_key = "reports_to", back_populates = "manager")]
    pub reports: Related<Vec<Employee>>,
    #[chakra(foreign_key = "support_rep_id", back_populates = "support_rep")]
    pub customers: Related<Vec<Customer>>,
    #[chakra(column = "BirthDate")]
    pub birth_date: Option<DateTime<Utc>>,
    #[chakra(column = "HireDate")]
    pub hire_date: Option<DateTime<Utc>>,
    #[chakra(column = "Address")]
    pub address: Option<String>,
    #[chakra(column = "City")]
    pub city: Option<String>,
    #[chakra(column = "State")]
    pub state: Option<String>,
    #[chakra(column = "Country")]
    pub country: Option<String>,
    #[chakra(column = "PostalCode")]
    pub postal_code: Option<String>,
    #[chakra(column = "Phone")]
    pub phone: Option<String>,
    #[chakra(column = "Fax")]
    pub fax: Option<String>,
    #[chakra(column = "Email")]
    pub email: Option<String>,
}

#[derive(Model, Debug)]
#[chakra(table = "Customer")]
pub struct Customer {
    #[chakra(primary_key, column = "CustomerId")]
    pub id: i32,
    #[chakra(column = "FirstName")]
    pub first_name: String,
    #[chakra(column = "LastName")]
    pub last_name: String,
    #[chakra(column = "Company")]
    pub company: Option<String>,
    #[chakra(column = "Address")]
    pub address: Option<String>,
    #[chakra(column = "City")]
    pub city: Option<String>,
    #[chakra(column = "State")]
    pub state: Option<String>,
    #[chakra(column = "Country")]
    pub country: Option<String>,
    #[chakra(column = "PostalCode")]
    pub postal_code: Option<String>,
    #[chakra(column = "Phone")]
    pub phone: Option<String>,
    #[chakra(column = "Fax")]
    pub fax: Option<String>,
    #[chakra(column = "Email")]
    pub email: String,
    #[chakra(column = "SupportRepId", references = "Employee.EmployeeId")]
    pub support_rep_id: Option<i32>,
    #[chakra(foreign_key = "support_rep_id", back_populates = "customers")]
    pub support_rep: Related<Option<Employee>>,
    #[chakra(foreign_key = "customer_id", back_populates = "customer")]
    pub invoices: Related<Vec<Invoice>>,
}

#[derive(Model, Debug)]
#[chakra(table = "Genre")]
pub struct Genre {
    #[chakra(primary_key, column = "GenreId")]
    pub id: i32,
    #[chakra(column = "Name")]
    pub name: Option<String>,
}

#[derive(Model, Debug)]
#[chakra(table = "MediaType")]
pub struct MediaType {
    #[chakra(primary_key, column = "MediaTypeId")]
    pub id: i32,
    #[chakra(column = "Name")]
    pub name: Option<String>,
}

#[derive(Model, Debug)]
#[chakra(table = "Track")]
pub struct Track {
    #[chakra(primary_key, column = "TrackId")]
    pub id: i32,
    #[chakra(column = "Name")]
    pub name: String,
    #[chakra(column = "AlbumId", references = "Album.AlbumId")]
    pub album_id: Option<i32>,
    #[chakra(column = "MediaTypeId", references = "MediaType.MediaTypeId")]
    pub media_type_id: i32,
    #[chakra(column = "GenreId", references = "Genre.GenreId")]
    pub genre_id: Option<i32>,
    #[chakra(foreign_key = "album_id", back_populates = "tracks")]
    pub album: Related<Option<Album>>,
    #[chakra(foreign_key = "media_type_id")]
    pub media_type: Related<MediaType>,
    #[chakra(foreign_key = "genre_id")]
    pub genre: Related<Option<Genre>>,
    #[chakra(through = "PlaylistTrack", back_populates = "tracks")]
    pub playlists: Related<Vec<Playlist>>,
    #[chakra(column = "Composer")]
    pub composer: Option<String>,
    #[chakra(column = "Milliseconds")]
    pub milliseconds: i32,
    #[chakra(column = "Bytes")]
    pub bytes: Option<i32>,
    #[chakra(column = "UnitPrice", precision = 10, scale = 2)]
    pub unit_price: Decimal,
}

#[derive(Model, Debug)]
#[chakra(table = "Playlist")]
pub struct Playlist {
    #[chakra(primary_key, column = "PlaylistId")]
    pub id: i32,
    #[chakra(column = "Name")]
    pub name: Option<String>,
    #[chakra(through = "PlaylistTrack", back_populates = "playlists")]
    pub tracks: Related<Vec<Track>>,
}

#[derive(Model, Debug)]
#[chakra(table = "PlaylistTrack")]
pub struct PlaylistTrack {
    #[chakra(primary_key, column = "PlaylistId", references = "Playlist.PlaylistId")]
    pub playlist_id: i32,
    #[chakra(primary_key, column = "TrackId", references = "Track.TrackId")]
    pub track_id: i32,
}

#[derive(Model, Debug)]
#[allow(clippy::struct_field_names)] // the column is InvoiceDate
#[chakra(table = "Invoice")]
pub struct Invoice {
    #[chakra(primary_key, column = "InvoiceId")]
    pub id: i32,
    #[chakra(column = "CustomerId", references = "Customer.CustomerId")]
    pub customer_id: i32,
    #[chakra(foreign_key = "customer_id", back_populates = "invoices")]
    pub customer: Related<Customer>,
    #[chakra(foreign_key = "invoice_id", back_populates = "invoice")]
    pub lines: Related<Vec<InvoiceLine>>,
    #[chakra(column = "InvoiceDate")]
    pub invoice_date: DateTime<Utc>,
    #[chakra(column = "BillingAddress")]
    pub billing_address: Option<String>,
    #[chakra(column = "BillingCity")]
    pub billing_city: Option<String>,
    #[chakra(column = "BillingState")]
    pub billing_state: Option<String>,
    #[chakra(column = "BillingCountry")]
    pub billing_country: Option<String>,
    #[chakra(column = "BillingPostalCode")]
    pub billing_postal_code: Option<String>,
    #[chakra(column = "Total", precision = 10, scale = 2)]
    pub total: Decimal,
}

#[derive(Model, Debug)]
#[chakra(table = "InvoiceLine")]
pub struct InvoiceLine {
    #[chakra(primary_key, column = "InvoiceLineId")]
    pub id: i32,
    #[chakra(column = "InvoiceId", references = "Invoice.InvoiceId")]
    pub invoice_id: i32,
    #[chakra(column = "TrackId", references = "Track.TrackId")]
    pub track_id: i32,
    #[chakra(foreign_key = "invoice_id", back_populates = "lines")]
    pub invoice: Related<Invoice>,
    #[chakra(foreign_key = "track_id")]
    pub track: Related<Track>,
    #[chakra(column = "UnitPrice", precision = 10, scale = 2)]
    pub unit_price: Decimal,
    #[chakra(column = "Quantity")]
    pub quantity: i32,
}
