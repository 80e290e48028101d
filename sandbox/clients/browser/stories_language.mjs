// The languages of the Elements and of the bank's page.

import { expect } from "./telling.mjs";

export async function languageStories(tell) {
  await tell("the Elements and the bank's page speak the language of the page", async (customer) => {
    await customer.visit("payment", "&locale=de");
    const frame = customer.frame("Secure payment input frame");
    await customer.pays();
    await customer.reads("Die Kartennummer ist unvollständig.");
    customer.typed.push("4000002760003184");
    await frame.getByLabel("Kartennummer").fill("4000002760003184");
    await frame.getByLabel("Ablaufdatum").fill("12 / 34");
    await frame.getByLabel("Prüfziffer").fill("123");
    await frame.getByLabel("Land").selectOption({ label: "Deutschland" });
    await customer.pays();
    const bank = customer.bank();
    await bank.getByText("Händler").waitFor();
    expect("the amount", await bank.locator("[data-amount]").textContent(), "20,00\u00a0$");
    await bank.getByRole("button", { name: "Abschließen" }).click();
    expect("status", (await customer.comesBack()).redirect_status, "succeeded");
  });

  for (const [locale, label] of [["he", "מספר כרטיס"], ["ar", "رقم البطاقة"]]) {
    await tell(`${locale}: from right to left, and numbers from left to right`, async (customer) => {
      await customer.visit("payment", `&locale=${locale}`);
      const frame = customer.frame("Secure payment input frame");
      expect("the frame", await frame.locator("html").getAttribute("dir"), "rtl");
      expect("the number", await frame.getByLabel(label).getAttribute("dir"), "ltr");
    });
  }

  await tell("a language that is not in the table is English, and auto is that of the browser", async (customer) => {
    for (const [locale, word] of [["ko", "Card number"], ["auto", "Card number"], ["fr-CA", "Numéro de carte"]]) {
      await customer.visit("payment", `&locale=${locale}`);
      await customer.frame("Secure payment input frame").getByLabel(word, { exact: true }).waitFor();
    }
  });
}
