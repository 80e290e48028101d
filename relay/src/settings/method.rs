//! The allowlists of a payment system: card brands, and method types beside the card.

use std::{collections::BTreeSet, fmt};

use causeway::card::Brand;
use causeway_domain::tenant::{MethodType, spoken};
use causeway_runtime::settings::Section;

/// Brands of a payment system without the setting.
const USUAL_BRANDS: [Brand; 4] = [Brand::Visa, Brand::Mastercard, Brand::Amex, Brand::Discover];

pub(super) fn read_brands(section: &mut Section) -> Option<BTreeSet<Brand>> {
    read(section, "payment_methods", &USUAL_BRANDS, Brand::ALL, Brand::parse)
}

pub(super) fn read_types(section: &mut Section) -> Option<BTreeSet<MethodType>> {
    read(section, "method_types", &[MethodType::Card], MethodType::ALL, MethodType::parse)
}

/// Reads a list of names; `usual` if absent.
fn read<T: Copy + Ord + fmt::Display>(
    section: &mut Section,
    setting: &str,
    usual: &[T],
    all: &[T],
    parse: impl Fn(&str) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let Some(names) = section.list_optional(setting)? else {
        return Some(usual.iter().copied().collect());
    };
    let mut read = BTreeSet::new();
    let mut all_good = true;
    for name in &names {
        match parse(name) {
            Some(known) => {
                read.insert(known);
            }
            None => {
                section.wrong(setting, format!("there is no {name}; there are: {}", spoken(all)));
                all_good = false;
            }
        }
    }
    if names.is_empty() {
        section.wrong(setting, format!("it is empty, so nothing could pay; choose from: {}", spoken(all)));
        return None;
    }
    all_good.then_some(read)
}
