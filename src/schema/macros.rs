//! The two declaration macros. Each is one pattern and one expansion: whatever needs more is an ordinary function.

/// Declares an entity: a struct, what a caller gives to make or change one, typed field handles and the definition
/// of its table, from one text.
///
/// The macro adds `id`, `version` and `custom` to the fields. A field's type is one of `bool`, `i64`, `String`,
/// [`Money`](crate::value::Money), [`Quantity`](crate::value::Quantity), [`Rate`](crate::value::Rate),
/// [`Date`](crate::value::Date), [`Timestamp`](crate::value::Timestamp), `serde_json::Value`, an
/// [`Id`](crate::id::Id) of another entity, a [`choice!`](crate::choice), or an `Option` of one of these (the
/// field may then be empty). Fields that the crate sets come last, each with `#[system]` before everything else; they
/// are in the struct but not in the inputs. `#[label]` gives the Chinese and the English label.
///
/// Keys and indexes are said beside it by implementing [`EntityFacts`](crate::schema::EntityFacts).
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// crmkit::entity!(
///     #[entity("fleet_vehicle", "车辆", "Vehicle")]
///     #[inputs(NewVehicle, VehiclePatch)]
///     /// A vehicle of the host's fleet.
///     pub struct Vehicle {
///         /// What is on its plate.
///         #[label("车牌", "Plate")]
///         pub plate: String,
///         /// Who drives it.
///         pub driver: Option<Id<User>>,
///         #[system]
///         /// When it was entered.
///         pub created_at: Timestamp,
///     }
/// );
///
/// impl EntityFacts for Vehicle {
///     fn facts() -> Facts {
///         Facts::default().unique::<Self>(&[&Vehicle::plate]).owner(Vehicle::driver)
///     }
/// }
///
/// let new = NewVehicle { plate: "京A·12345".into(), ..Default::default() };
/// assert_eq!(new.driver, None);
/// assert_eq!(Vehicle::definition().code, "vehicle");
/// ```
#[macro_export]
macro_rules! entity {
    (
        #[entity($table:literal, $zh:literal, $en:literal)]
        #[inputs($New:ident, $Patch:ident)]
        $(#[doc = $doc:literal])*
        $vis:vis struct $Name:ident {
            $(
                $(#[doc = $fdoc:literal])*
                $(#[label($fzh:literal, $fen:literal)])?
                pub $field:ident: $ty:ty,
            )*
            $(
                #[system]
                $(#[doc = $sdoc:literal])*
                $(#[label($szh:literal, $sen:literal)])?
                pub $system:ident: $sty:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(crate = "crmkit::__private::serde")]
        $vis struct $Name {
            /// The record's id.
            pub id: $crate::id::Id<$Name>,
            /// How often the record has been written.
            pub version: $crate::id::Version,
            $($(#[doc = $fdoc])* pub $field: $ty,)*
            $($(#[doc = $sdoc])* pub $system: $sty,)*
            /// Fields added at run time.
            #[serde(default)]
            pub custom: $crate::schema::CustomFields,
        }

        #[doc = concat!("What a caller gives to make a [`", stringify!($Name), "`]. A required field left at its default is refused.")]
        #[derive(Debug, Clone, PartialEq, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(crate = "crmkit::__private::serde", default, deny_unknown_fields)]
        $vis struct $New {
            $($(#[doc = $fdoc])* pub $field: $ty,)*
            /// Fields added at run time.
            pub custom: $crate::schema::CustomFields,
        }

        impl ::core::default::Default for $New {
            fn default() -> Self {
                Self {
                    $($field: <$ty as $crate::schema::FieldType>::missing(),)*
                    custom: ::core::default::Default::default(),
                }
            }
        }

        #[doc = concat!("What a caller gives to change a [`", stringify!($Name), "`]: fields that are not named keep their values.")]
        #[derive(Debug, Clone, PartialEq, Default, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(crate = "crmkit::__private::serde", default, deny_unknown_fields)]
        $vis struct $Patch {
            $(
                $(#[doc = $fdoc])*
                #[serde(skip_serializing_if = "crmkit::schema::Edit::is_keep")]
                pub $field: $crate::schema::Edit<$ty>,
            )*
            /// Fields added at run time: all of them.
            #[serde(skip_serializing_if = "crmkit::schema::Edit::is_keep")]
            pub custom: $crate::schema::Edit<$crate::schema::CustomFields>,
        }

        #[allow(non_upper_case_globals, dead_code, unreachable_pub)]
        impl $Name {
            $(
                $(#[doc = $fdoc])*
                pub const $field: $crate::schema::Field<$Name, $ty> = $crate::schema::Field::new(stringify!($field));
            )*
            $(
                $(#[doc = $sdoc])*
                pub const $system: $crate::schema::Field<$Name, $sty> = $crate::schema::Field::new(stringify!($system));
            )*
        }

        impl $crate::schema::Entity for $Name {
            const NAME: &'static str = $table;
            type New = $New;
            type Patch = $Patch;

            fn definition() -> $crate::schema::EntityDef {
                let columns = vec![
                    $($crate::schema::ColumnDef::of::<$ty>(
                        $crate::__private::plain_name(stringify!($field)),
                        $crate::__private::label(stringify!($field), &[$($fzh, $fen)?]),
                        concat!($($fdoc),*),
                    ),)*
                    $($crate::schema::ColumnDef::of::<$sty>(
                        $crate::__private::plain_name(stringify!($system)),
                        $crate::__private::label(stringify!($system), &[$($szh, $sen)?]),
                        concat!($($sdoc),*),
                    ).system(),)*
                ];
                $crate::schema::EntityDef::new(
                    $table.into(),
                    $crate::__private::snake_case(stringify!($Name)).into(),
                    $crate::schema::Label::new($zh, $en),
                    $crate::__private::described(concat!($($doc),*)).into(),
                    columns,
                    <$Name as $crate::schema::EntityFacts>::facts(),
                )
            }

            fn id(&self) -> $crate::id::Id<Self> {
                self.id
            }

            fn version(&self) -> $crate::id::Version {
                self.version
            }

            fn draft(id: $crate::id::Id<Self>, new: $New) -> Self {
                Self {
                    id,
                    version: $crate::id::Version::NEW,
                    $($field: new.$field,)*
                    $($system: <$sty as $crate::schema::FieldType>::missing(),)*
                    custom: new.custom,
                }
            }

            fn patched(self, patch: $Patch) -> Self {
                Self {
                    $($field: patch.$field.apply(self.$field),)*
                    custom: patch.custom.apply(self.custom),
                    ..self
                }
            }

            fn into_record(self) -> $crate::schema::Record {
                $crate::schema::Record {
                    entity: $table.into(),
                    id: self.id.raw(),
                    version: self.version,
                    values: vec![
                        $(<$ty as $crate::schema::FieldType>::into_value(self.$field),)*
                        $(<$sty as $crate::schema::FieldType>::into_value(self.$system),)*
                    ],
                    custom: self.custom,
                }
            }

            fn from_record(record: $crate::schema::Record) -> ::core::result::Result<Self, $crate::schema::DecodeError> {
                let mut decoder = $crate::__private::Decoder::new(record.entity, record.id, record.values);
                Ok(Self {
                    id: $crate::id::Id::new(record.id),
                    version: record.version,
                    $($field: decoder.next::<$ty>(stringify!($field))?,)*
                    $($system: decoder.next::<$sty>(stringify!($system))?,)*
                    custom: record.custom,
                })
            }
        }
    };
}

/// Declares a coded enum: its variants, the readable codes they are stored as, and their labels.
///
/// Each variant has `#[code("stored", "中文", "English")]`, then optionally `#[legacy(3)]` (the number older systems
/// stored) and `#[retired("why")]` (old records and imports may have it, sessions refuse to give it). The first variant
/// is what a new record starts with.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// crmkit::choice!(
///     /// How a vehicle is driven.
///     pub enum Drive {
///         /// With a battery.
///         #[code("electric", "电动", "Electric")]
///         Electric,
///         /// With petrol.
///         #[code("petrol", "汽油", "Petrol")]
///         #[legacy(1)]
///         #[retired("no longer bought since 2026")]
///         Petrol,
///     }
/// );
///
/// assert_eq!(Drive::Petrol.code(), "petrol");
/// assert!(Drive::from_code("steam").is_err());
/// ```
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $Name:ident {
            $(
                $(#[doc = $vdoc:literal])*
                #[code($code:literal, $zh:literal, $en:literal)]
                $(#[legacy($legacy:literal)])?
                $(#[retired($retired:literal)])?
                $Variant:ident,
            )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[serde(crate = "crmkit::__private::serde")]
        $vis enum $Name {
            $(
                $(#[doc = $vdoc])*
                #[serde(rename = $code)]
                $Variant,
            )+
        }

        impl $crate::schema::Choice for $Name {
            const ALL: &'static [Self] = &[$(Self::$Variant),+];

            fn code(self) -> &'static str {
                match self {
                    $(Self::$Variant => $code,)+
                }
            }

            fn from_code(code: &str) -> ::core::result::Result<Self, $crate::schema::UnknownCode> {
                match code {
                    $($code => Ok(Self::$Variant),)+
                    other => Err(<Self as $crate::schema::Choice>::definition().unknown(other)),
                }
            }

            fn definition() -> ::std::sync::Arc<$crate::schema::ChoiceDef> {
                let items = vec![
                    $($crate::schema::ChoiceItem::new($code, $zh, $en)$(.legacy($legacy))?$(.retired($retired))?,)+
                ];
                ::std::sync::Arc::new($crate::schema::ChoiceDef::new(stringify!($Name).into(), items))
            }
        }

        impl ::core::default::Default for $Name {
            fn default() -> Self {
                <Self as $crate::schema::Scalar>::missing()
            }
        }

        impl $crate::schema::Scalar for $Name {
            fn column_type() -> $crate::schema::ColumnType {
                $crate::schema::ColumnType::Choice(<Self as $crate::schema::Choice>::definition())
            }
            fn into_value(self) -> $crate::value::Value {
                $crate::value::Value::from($crate::schema::Choice::code(self))
            }
            fn from_value(value: $crate::value::Value) -> ::core::result::Result<Self, $crate::schema::Mismatch> {
                $crate::__private::choice_from_value(value)
            }
            fn missing() -> Self {
                let [first, ..] = [$(Self::$Variant),+];
                first
            }
        }

        impl $crate::schema::FieldType for $Name {
            type Scalar = Self;
            const REQUIRED: bool = true;
            fn into_value(self) -> $crate::value::Value {
                $crate::schema::Scalar::into_value(self)
            }
            fn from_value(value: $crate::value::Value) -> ::core::result::Result<Self, $crate::schema::Mismatch> {
                $crate::schema::Scalar::from_value(value)
            }
            fn missing() -> Self {
                <Self as $crate::schema::Scalar>::missing()
            }
        }
    };
}
