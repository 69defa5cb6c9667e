//! The address of a PostgreSQL server, and the schema there that holds the data.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// The schema of an address that names none.
const SCHEMA: &str = "crm";

/// The address of a PostgreSQL server, and the schema there that holds the data.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
pub(crate) struct Server {
    /// The address without the name of the schema, which is this program's own addition to it.
    pub(crate) address: String,
    /// The schema.
    pub(crate) schema: String,
}

/// An address may hold a password, so it is never shown.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl FromStr for Server {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let (address, options) = url.split_once('?').unwrap_or((url, ""));
        let (mut address, mut schema, mut between) = (address.to_owned(), None, '?');
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.strip_prefix("schema=") {
                Some(_) if schema.is_some() => return Err("it names two schemas; name one".to_owned()),
                Some(name) => {
                    let name = percent_decode_str(name).decode_utf8();
                    schema = Some(name.map_err(|_| "the name of its schema is not UTF-8".to_owned())?.into_owned());
                }
                None => {
                    address.push(between);
                    address.push_str(option);
                    between = '&';
                }
            }
        }
        Ok(Self { address, schema: schema.unwrap_or_else(|| SCHEMA.to_owned()) })
    }
}
