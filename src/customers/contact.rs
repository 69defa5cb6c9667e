//! Contacts: the people at a customer.

use super::Customer;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::choice!(
    /// How a person is addressed.
    pub enum Sex {
        /// Female.
        #[code("female", "女", "Female")]
        #[legacy(0)]
        Female,
        /// Male.
        #[code("male", "男", "Male")]
        #[legacy(1)]
        Male,
    }
);

crate::entity!(
    #[entity("cst_linkman", "联系人", "Contact")]
    #[inputs(NewContact, ContactPatch)]
    /// A person at a customer.
    pub struct Contact {
        /// The customer.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// What the person is called.
        #[label("姓名", "Name")]
        pub name: String,
        /// How the person is addressed.
        #[label("性别", "Sex")]
        pub sex: Option<Sex>,
        /// What the person does there.
        #[label("职位", "Position")]
        pub position: Option<String>,
        /// Office telephone number.
        #[label("办公电话", "Office phone")]
        pub phone: Option<String>,
        /// Mobile telephone number.
        #[label("手机", "Mobile")]
        pub mobile: Option<String>,
        /// E-mail address.
        #[label("邮箱", "E-mail")]
        pub email: Option<String>,
        /// Anything else.
        #[label("备注", "Memo")]
        pub memo: Option<String>,
        /// Whether this is the person to turn to first.
        #[label("主要联系人", "Primary")]
        pub is_primary: bool,
    }
);

impl EntityFacts for Contact {
    fn facts() -> Facts {
        Facts::default()
            .owner(Contact::customer.to(Customer::manager))
            .natural::<Self>(&[&Contact::name])
            .searched::<Self>(&[&Contact::name, &Contact::phone, &Contact::mobile, &Contact::email])
    }
}

impl Rules for Contact {}
