//! Activities: what was done with a customer.

use super::{Contact, Customer};
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::{FieldProblem, Problem};
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::Date;

crate::choice!(
    /// How one was in touch with a customer.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::ActivityKind;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(ActivityKind::Message.code(), "message");
    /// assert_eq!(ActivityKind::from_code("message"), Ok(ActivityKind::Message));
    /// assert_eq!(ActivityKind::definition().label("message", Lang::Zh), "短信");
    /// ```
    pub enum ActivityKind {
        /// One met.
        #[code("visit", "拜访", "Visit")]
        Visit,
        /// One talked on the telephone.
        #[code("call", "电话", "Call")]
        Call,
        /// One wrote e-mail.
        #[code("mail", "邮件", "E-mail")]
        Mail,
        /// One wrote a message.
        #[code("message", "短信", "Message")]
        Message,
        /// Material was sent.
        #[code("material", "寄送资料", "Material sent")]
        Material,
    }
);

crate::entity!(
    #[entity("cst_activity", "交往记录", "Activity")]
    #[inputs(NewActivity, ActivityPatch)]
    /// One contact with a customer, as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::ActivityKind;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewActivity {
    ///     customer: acme.id,
    ///     date: "2026-03-02".parse()?,
    ///     kind: ActivityKind::Visit,
    ///     place: Some("At the harbour".into()),
    ///     title: "Tasted the new harvest".into(),
    ///     ..Default::default()
    /// };
    /// let visit = crm.system().activities().create(new).await?;
    /// assert_eq!(visit.kind.code(), "visit");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Activity {
        /// The customer.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// The person at the customer, if it was one.
        #[label("联系人", "Contact")]
        pub contact: Option<Id<Contact>>,
        /// When.
        #[label("时间", "Date")]
        pub date: Date,
        /// How.
        #[label("方式", "Kind")]
        pub kind: ActivityKind,
        /// Where; a person who enters one must say.
        #[label("地点", "Place")]
        pub place: Option<String>,
        /// What it was, in a line.
        #[label("概要", "Title")]
        pub title: String,
        /// What was said and done.
        #[label("详细信息", "Description")]
        pub description: Option<String>,
        /// Anything else.
        #[label("备注", "Memo")]
        pub memo: Option<String>,
    }
);

impl EntityFacts for Activity {
    fn facts() -> Facts {
        Facts::default()
            .index::<Self>(&[&Activity::customer, &Activity::date])
            .owner(Activity::customer.to(Customer::manager))
            .searched::<Self>(&[&Activity::title, &Activity::place, &Activity::description])
    }
}

impl Activity {
    fn has_place(&self) -> bool {
        self.place.as_deref().is_some_and(|place| !place.trim().is_empty())
    }

    /// What was brought from elsewhere without a place can be edited without one.
    fn checked(self, before: Option<&Self>, context: &Context) -> Result<Self> {
        if context.actor.is_some() && !self.has_place() && before.is_none_or(Self::has_place) {
            return Err(invalid(FieldProblem { field: "place".into(), problem: Problem::Required }));
        }
        Ok(self)
    }
}

impl Rules for Activity {
    fn created(draft: Self, context: &Context) -> Result<Self> {
        draft.checked(None, context)
    }

    fn edited(before: &Self, after: Self, context: &Context) -> Result<Self> {
        after.checked(Some(before), context)
    }

    fn relies_on(&self) -> Vec<Need> {
        self.contact.map(Need::record).into_iter().collect()
    }

    /// The person is one of the customer's.
    fn allowed(_: Option<&Self>, after: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<()> {
        let Some(after) = after else { return Ok(()) };
        let Some(contact) = after.contact else { return Ok(()) };
        let contact: Contact = loaded.get(contact)?;
        if contact.customer == after.customer {
            return Ok(());
        }
        // The name of somebody else's contact is not for everyone's eyes.
        Err(invalid(FieldProblem::invalid("contact", "it is no contact of this customer")))
    }
}

fn invalid(problem: FieldProblem) -> Error {
    Error::Invalid { entity: "activity".into(), problems: vec![problem] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::schema::Entity as _;
    use crate::value::Timestamp;

    #[test]
    fn a_person_says_the_place_and_leaves_it() {
        let actor = Some(Id::new(RecordId::from_bytes([7; 16])));
        let person = Context { actor, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let with = |place: Option<&str>| {
            let (title, place) = ("Visit".into(), place.map(str::to_owned));
            Activity::draft(Id::NIL, NewActivity { title, place, ..Default::default() })
        };
        assert!(Activity::created(with(Some(" ")), &person).is_err());
        assert!(Activity::created(with(None), &Context { actor: None, ..person }).is_ok());
        assert!(Activity::edited(&with(Some("here")), with(None), &person).is_err());
        assert!(Activity::edited(&with(None), with(None), &person).is_ok());
        assert!(Activity::edited(&with(None), with(Some("here")), &person).is_ok());
    }
}
