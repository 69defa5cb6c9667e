//! Customers.

use crate::access::User;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::{Machine, Step, permitted, step};
use crate::problem::FieldProblem;
use crate::rollup::Rollup;
use crate::rules::{Context, Deletion, Numbered, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::{Date, Money, Timestamp};

crate::choice!(
    /// Where a customer stands.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(CustomerStatus::Lost.code(), "lost");
    /// assert_eq!(CustomerStatus::from_code("lost"), Ok(CustomerStatus::Lost));
    /// assert_eq!(CustomerStatus::definition().label("lost", Lang::Zh), "流失");
    /// ```
    pub enum CustomerStatus {
        /// Business goes on.
        #[code("normal", "正常", "Normal")]
        #[legacy(1)]
        Normal,
        /// Confirmed as lost.
        #[code("lost", "流失", "Lost")]
        #[legacy(2)]
        Lost,
        /// Deleted, and kept for the history of others.
        #[code("deleted", "删除", "Deleted")]
        #[legacy(3)]
        Deleted,
    }
);

crate::choice!(
    /// A mark from 1 to 5: a customer's level, credit or satisfaction.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// assert!(Rating::Four > Rating::Two);
    /// assert_eq!(Rating::from_code("4"), Ok(Rating::Four));
    /// let content = Customer::satisfaction.ge(Rating::Four);
    /// # let _ = content;
    /// ```
    pub enum Rating {
        /// 1 of 5.
        #[code("1", "一级", "1")]
        #[legacy(1)]
        One,
        /// 2 of 5.
        #[code("2", "二级", "2")]
        #[legacy(2)]
        Two,
        /// 3 of 5.
        #[code("3", "三级", "3")]
        #[legacy(3)]
        Three,
        /// 4 of 5.
        #[code("4", "四级", "4")]
        #[legacy(4)]
        Four,
        /// 5 of 5.
        #[code("5", "五级", "5")]
        #[legacy(5)]
        Five,
    }
);

crate::entity!(
    #[entity("cst_customer", "客户", "Customer")]
    #[inputs(NewCustomer, CustomerPatch)]
    /// A company or person that buys, or may buy.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let new = NewCustomer { region: Some("华东".into()), level: Some(Rating::Two), ..NewCustomer::new("Acme") };
    /// let acme = crm.system().customers().create(new).await?;
    /// assert!(acme.number.starts_with("KH"));
    /// assert_eq!((acme.status, acme.last_order_on), (CustomerStatus::Normal, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Customer {
        /// The number people see, such as `KH071202001`; without one the next of the series is taken.
        #[label("客户编号", "Customer no.")]
        pub number: String,
        /// What the customer is called.
        #[label("名称", "Name")]
        pub name: String,
        /// Where the customer is, from the dictionary.
        #[label("地区", "Region")]
        pub region: Option<String>,
        /// The account manager who is responsible.
        #[label("客户经理", "Account manager")]
        pub manager: Option<Id<User>>,
        /// How important the customer is.
        #[label("客户等级", "Level")]
        pub level: Option<Rating>,
        /// How satisfied the customer is.
        #[label("满意度", "Satisfaction")]
        pub satisfaction: Option<Rating>,
        /// How creditworthy the customer is.
        #[label("信用度", "Credit")]
        pub credit: Option<Rating>,
        /// Street and town.
        #[label("地址", "Address")]
        pub address: Option<String>,
        /// Postal code.
        #[label("邮政编码", "Postal code")]
        pub zip: Option<String>,
        /// Telephone number.
        #[label("电话", "Phone")]
        pub phone: Option<String>,
        /// Fax number.
        #[label("传真", "Fax")]
        pub fax: Option<String>,
        /// Web site.
        #[label("网址", "Web site")]
        pub website: Option<String>,
        /// Number of the business licence.
        #[label("营业执照注册号", "Licence no.")]
        pub licence_no: Option<String>,
        /// Who represents the customer by law.
        #[label("法人", "Legal representative")]
        pub legal_representative: Option<String>,
        /// Registered capital.
        #[label("注册资金", "Registered capital")]
        pub registered_capital: Option<Money>,
        /// Annual turnover.
        #[label("年营业额", "Annual turnover")]
        pub annual_turnover: Option<Money>,
        /// Bank.
        #[label("开户银行", "Bank")]
        pub bank: Option<String>,
        /// Bank account.
        #[label("银行帐号", "Bank account")]
        pub bank_account: Option<String>,
        /// Local tax number.
        #[label("地税登记号", "Local tax no.")]
        pub local_tax_no: Option<String>,
        /// National tax number.
        #[label("国税登记号", "National tax no.")]
        pub national_tax_no: Option<String>,
        /// Anything else.
        #[label("备注", "Memo")]
        pub memo: Option<String>,
        #[system]
        /// Where the customer stands.
        #[label("状态", "Status")]
        pub status: CustomerStatus,
        #[system]
        /// The day of the latest order that counts, in the organisation's zone.
        #[label("上次下单日期", "Last order on")]
        pub last_order_on: Option<Date>,
        #[system]
        /// When the record was made.
        #[label("创建时间", "Created at")]
        pub created_at: Timestamp,
    }
);

impl EntityFacts for Customer {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Customer::number])
            .index::<Self>(&[&Customer::status, &Customer::last_order_on, &Customer::created_at])
            .index::<Self>(&[&Customer::name])
            .owner(Customer::manager)
            .natural::<Self>(&[&Customer::number, &Customer::name])
            .searched::<Self>(&[&Customer::number, &Customer::name, &Customer::phone])
            .rollup(kinds("customers_by_level").key::<Self>(&Customer::level))
            .rollup(kinds("customers_by_credit").key::<Self>(&Customer::credit))
            .rollup(kinds("customers_by_satisfaction").key::<Self>(&Customer::satisfaction))
            .rollup(kinds("customers_by_region").key::<Self>(&Customer::region))
            .rollup(kinds("customers_by_manager").key::<Self>(&Customer::manager))
    }
}

/// How many customers of each kind there are. Most new ones are of the same kind.
fn kinds(name: &'static str) -> Rollup {
    Rollup::new(name).key::<Customer>(&Customer::status).shards(4)
}

impl NewCustomer {
    /// A customer with a name, and the next number of the series.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl Machine<CustomerStatus> for Customer {
    const STEPS: &'static [Step<CustomerStatus>] = {
        use CustomerStatus::{Deleted, Lost, Normal};
        &[
            Step { from: &[Normal], event: "edit", to: &[Normal] },
            Step { from: &[Normal], event: "delete", to: &[Deleted] },
            // Nobody does this: who confirms the loss does.
            Step { from: &[Normal], event: "lose", to: &[Lost] },
        ]
    };

    fn state(&self) -> CustomerStatus {
        self.status
    }
}

impl Rules for Customer {
    /// An account manager who names nobody is responsible himself; satisfaction and credit begin in the middle.
    fn created(mut draft: Self, context: &Context) -> Result<Self> {
        draft.manager = draft.manager.or(context.actor);
        draft.satisfaction = draft.satisfaction.or(Some(Rating::Three));
        draft.credit = draft.credit.or(Some(Rating::Three));
        draft.created_at = context.now;
        Ok(draft)
    }

    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        step::<CustomerStatus, _>(before, "edit")?;
        if before.number != after.number {
            let problem = FieldProblem::invalid("number", "a customer's number can't be changed");
            return Err(Error::Invalid { entity: "customer".into(), problems: vec![problem] });
        }
        Ok(after)
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        step::<CustomerStatus, _>(before, "delete")?;
        Ok(Deletion::Mark(Self { status: CustomerStatus::Deleted, ..before.clone() }))
    }

    fn events(&self, context: &Context) -> Vec<&'static str> {
        permitted(self, context).collect()
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Customer::number.name().into(), series: "customer".into() })
    }
}
