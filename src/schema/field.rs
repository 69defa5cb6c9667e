//! Typed handles on fields: a filter with a wrong type does not compile.

use std::fmt;
use std::marker::PhantomData;

use super::{Entity, FieldRef, FieldType, Name, Path, Scalar};
use crate::id::Id;
use crate::query::{Comparison, Direction, Filter, OrderBy};

/// A field of `E` with Rust type `T`. [`entity!`](crate::entity) makes one for every field.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let loyal = Customer::level.eq(Rating::Five).and(Customer::region.is_null().not());
/// let in_the_east = OrderLine::order.to(Order::customer).to(Customer::region).eq("华东");
/// # let _ = (loyal, in_the_east);
/// ```
pub struct Field<E, T> {
    name: &'static str,
    marker: PhantomData<fn() -> (E, T)>,
}

/// A path of references that starts at `E` and ends in a field of Rust type `T`.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// let region = OrderLine::order.to(Order::customer).to(Customer::region);
/// assert_eq!(region.path().to_string(), "order.customer.region");
/// let filter = region.is_in(["华东", "华南"]).or(region.is_null());
/// # let _ = filter;
/// ```
pub struct TypedPath<E, T> {
    path: Path,
    marker: PhantomData<fn() -> (E, T)>,
}

/// A field type that refers to another entity.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::schema::Reference;
///
/// fn target<R: Reference>() -> &'static str {
///     R::Target::NAME
/// }
///
/// assert_eq!(target::<Id<Customer>>(), "cst_customer");
/// assert_eq!(target::<Option<Id<User>>>(), User::NAME);
/// ```
pub trait Reference: FieldType {
    /// The entity referred to.
    type Target: Entity;
}

impl<E: Entity> Reference for Id<E> {
    type Target = E;
}

impl<E: Entity> Reference for Option<Id<E>> {
    type Target = E;
}

impl<E: Entity, T: FieldType> Field<E, T> {
    /// A handle on the field `name`; [`entity!`](crate::entity) calls this.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name: plain_name(name), marker: PhantomData }
    }

    /// The field's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The field as a path of one step.
    #[must_use]
    pub fn path(&self) -> Path {
        Path::new(vec![FieldRef::Declared(Name::Borrowed(self.name))])
    }
}

/// The name without the `r#` of a raw identifier.
#[must_use]
pub const fn plain_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

impl<E, T> TypedPath<E, T> {
    /// The path itself.
    #[must_use]
    pub fn path(&self) -> Path {
        self.path.clone()
    }
}

impl<E, T> Clone for Field<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E, T> Copy for Field<E, T> {}

impl<E, T> fmt::Debug for Field<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<E, T> Clone for TypedPath<E, T> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), marker: PhantomData }
    }
}

impl<E, T> fmt::Debug for TypedPath<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

impl<E: Entity, T: FieldType> From<Field<E, T>> for Path {
    fn from(field: Field<E, T>) -> Self {
        field.path()
    }
}

impl<E, T> From<TypedPath<E, T>> for Path {
    fn from(path: TypedPath<E, T>) -> Self {
        path.path
    }
}

macro_rules! operators {
    ($handle:ident) => {
        impl<E: Entity, T: FieldType> $handle<E, T> {
            fn compare(&self, comparison: Comparison, value: impl Into<T::Scalar>) -> Filter {
                Filter::Compare { path: self.path(), comparison, value: value.into().into_value() }
            }

            /// The value is this one.
            #[must_use]
            pub fn eq(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::Equal, value)
            }

            /// The value is another one, or there is none.
            #[must_use]
            pub fn ne(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::Equal, value).not()
            }

            /// There is a value below this one.
            #[must_use]
            pub fn lt(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::Less, value)
            }

            /// There is a value, and it is at most this one.
            #[must_use]
            pub fn le(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::LessOrEqual, value)
            }

            /// There is a value above this one.
            #[must_use]
            pub fn gt(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::Greater, value)
            }

            /// There is a value, and it is at least this one.
            #[must_use]
            pub fn ge(&self, value: impl Into<T::Scalar>) -> Filter {
                self.compare(Comparison::GreaterOrEqual, value)
            }

            /// The value is one of these.
            #[must_use]
            pub fn is_in(&self, values: impl IntoIterator<Item = impl Into<T::Scalar>>) -> Filter {
                let values = values.into_iter().map(|value| value.into().into_value()).collect();
                Filter::In { path: self.path(), values }
            }

            /// There is no value.
            #[must_use]
            pub fn is_null(&self) -> Filter {
                Filter::IsNull { path: self.path() }
            }

            /// Smallest first, no value last.
            #[must_use]
            pub fn asc(&self) -> OrderBy {
                OrderBy { path: self.path(), direction: Direction::Ascending }
            }

            /// Largest first, no value last.
            #[must_use]
            pub fn desc(&self) -> OrderBy {
                OrderBy { path: self.path(), direction: Direction::Descending }
            }
        }

        impl<E: Entity, T: Reference> $handle<E, T> {
            /// On to a field of the record this one refers to.
            #[must_use]
            pub fn to<U: FieldType>(&self, field: Field<T::Target, U>) -> TypedPath<E, U> {
                TypedPath { path: self.path().then(field.path()), marker: PhantomData }
            }
        }

        impl<E: Entity, T: FieldType<Scalar = String>> $handle<E, T> {
            /// The text contains every word of `words`, whatever its case and Unicode form.
            #[must_use]
            pub fn contains(&self, words: &str) -> Filter {
                Filter::Search { paths: vec![self.path()], words: words.to_owned() }
            }
        }
    };
}

operators!(Field);
operators!(TypedPath);
