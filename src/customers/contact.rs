//! Contacts: the people at a customer.

use super::Customer;
use crate::command::Loaded;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::{FieldProblem, Problem};
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};

crate::choice!(
    /// How a person is addressed.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::Sex;
    /// use crmkit::prelude::*;
    ///
    /// let anna = NewContact { name: "Anna Berg".into(), sex: Some(Sex::Female), ..Default::default() };
    /// assert_eq!(anna.sex.map(Sex::code), Some("female"));
    /// assert_eq!(NewContact::default().sex, None, "nobody need say");
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewContact { customer: acme.id, name: "Anna Berg".into(), is_primary: true, ..Default::default() };
    /// crm.system().contacts().create(new).await?;
    /// let in_acme = Query::of::<Contact>().filter(Contact::customer.to(Customer::name).eq("Acme"));
    /// assert_eq!(crm.system().contacts().list(in_acme).await?.items[0].name, "Anna Berg");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
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
        /// Office telephone number; a person who enters a contact must say.
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

impl Contact {
    fn has_phone(&self) -> bool {
        self.phone.as_deref().is_some_and(|phone| !phone.trim().is_empty())
    }
}

impl Rules for Contact {
    /// A contact that comes with a won opportunity, or from the system, may lack the number; a person says it, and
    /// leaves it.
    fn allowed(before: Option<&Self>, after: Option<&Self>, _: &Loaded, context: &Context) -> Result<()> {
        let Some(after) = after.filter(|_| context.actor.is_some()) else { return Ok(()) };
        if after.has_phone() || before.is_some_and(|before| !before.has_phone()) {
            return Ok(());
        }
        let problems = vec![FieldProblem { field: "phone".into(), problem: Problem::Required }];
        Err(Error::Invalid { entity: "contact".into(), problems })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::schema::Entity as _;
    use crate::value::Timestamp;

    #[test]
    fn a_person_says_the_office_phone_and_leaves_it() {
        let actor = Some(Id::new(RecordId::from_bytes([7; 16])));
        let person = Context { actor, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let system = Context { actor: None, ..person };
        let with = |phone: Option<&str>| {
            let (name, phone) = ("Ann".into(), phone.map(str::to_owned));
            Contact::draft(Id::NIL, NewContact { name, phone, ..Default::default() })
        };
        let (none, blank, some) = (with(None), with(Some(" ")), with(Some("030 1")));
        let decide = |before: Option<&Contact>, after: &Contact, context: &Context| {
            Contact::allowed(before, Some(after), &Loaded::default(), context)
        };
        for without in [&none, &blank] {
            let error = decide(None, without, &person).unwrap_err().to_string();
            assert_eq!(error, "the contact can't be stored: `phone` is required");
            assert!(decide(Some(&some), without, &person).is_err());
            assert!(decide(None, without, &system).is_ok());
            // One that came without it can be edited.
            assert!(decide(Some(without), &none, &person).is_ok());
        }
        assert!(decide(None, &some, &person).is_ok());
        assert!(Contact::allowed(Some(&some), None, &Loaded::default(), &person).is_ok());
    }
}
