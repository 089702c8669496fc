"""The veterinary clinic: its rules, what each tool changes, its policies, and its figures against SQL."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

import agentworlds
from agentworlds.runtime.instance import Instance
from agentworlds.worlds.world import LoadedWorld

OPEN_VISIT = "SELECT v.id FROM visit v JOIN pet p ON p.id = v.pet_id WHERE v.status = 'open'"
ATTENDED = "SELECT a.id FROM appointment a WHERE a.status = 'attended'"
HAS_OPEN_VISIT = "EXISTS (SELECT 1 FROM visit v WHERE v.pet_id = a.pet_id AND v.status = 'open')"
TREATMENT = "SELECT id FROM treatment WHERE name = '{}'"
IN_STOCK = (
    "SELECT r.id FROM prescription r JOIN medicine m ON m.id = r.medicine_id JOIN pet p ON p.id = r.pet_id "
    "JOIN owner o ON o.id = p.owner_id WHERE m.stock >= r.quantity AND o.balance < 20000"
)
READY = IN_STOCK + " AND r.refills_left > 0 AND r.valid_until >= '2026-03-05' AND r.last_dispensed < '2026-02-09'"
USED_UP = "SELECT r.id FROM prescription r JOIN medicine m ON m.id = r.medicine_id WHERE r.refills_left = 0"
SEEN = "EXISTS (SELECT 1 FROM visit v WHERE v.pet_id = r.pet_id AND v.held >= '2025-09-07')"
ADULT = "SELECT p.id FROM pet p JOIN owner o ON o.id = p.owner_id WHERE p.born < '2025-12-01' AND o.balance {}"
TOO_DEAR = (
    "SELECT {} FROM pet p JOIN owner o ON o.id = p.owner_id JOIN treatment t ON t.species = p.species "
    "WHERE t.category = 'vaccination' AND o.balance + t.price > 50000 AND p.born < '2025-12-01' "
    "AND NOT EXISTS (SELECT 1 FROM vaccination c WHERE c.pet_id = p.id AND c.vaccine_id = t.id)"
)
INDEBTED = (
    "SELECT p.id FROM pet p JOIN owner o ON o.id = p.owner_id WHERE p.species != 'dog' AND p.born < '2025-12-01' "
    "ORDER BY o.balance DESC, p.id"
)
INFANT = (
    "SELECT {} FROM pet p JOIN treatment t ON t.species = p.species WHERE t.category = 'vaccination' "
    "AND p.born > '2026-01-20' ORDER BY p.id, t.id"
)
UNTESTED = OPEN_VISIT + " AND NOT EXISTS (SELECT 1 FROM visit_item i WHERE i.visit_id = v.id AND i.treatment_id = 14)"
CONSENT = (
    "SELECT {} FROM file f JOIN folder d ON d.id = f.folder_id JOIN owner o ON o.id = f.owner_id "
    "WHERE f.name LIKE '%Consent to neutering, signed.pdf' ORDER BY f.id"
)
TAKEN = (
    "SELECT {} FROM visit_item i JOIN treatment t ON t.id = i.treatment_id JOIN visit v ON v.id = i.visit_id "
    "WHERE t.category = 'laboratory' AND v.status = 'open' ORDER BY i.id"
)
NO_CARD = " AND NOT EXISTS (SELECT 1 FROM vaccination c WHERE c.pet_id = p.id AND c.vaccine_id = 20)"


@pytest.fixture(scope="module")
def world() -> LoadedWorld:
    return agentworlds.load("vet_clinic")


@pytest.fixture
def clinic(world: LoadedWorld) -> Iterator[Instance]:
    with world.instance() as instance:
        yield instance


def one(clinic: Instance, sql: str) -> Any:
    """The first value that a query finds."""
    found = clinic.store.db.execute(sql).fetchall()
    assert found, sql
    return found[0][0]


def given(clinic: Instance, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments in which a query stands for the first value that it finds."""
    return {k: one(clinic, v) if str(v).startswith("SELECT") else v for k, v in arguments.items()}


def changed(clinic: Instance) -> dict[str, dict[str, Any]]:
    """What differs from the start: a row's new values, all of them where it is new."""
    return {
        c.table if c.before else f"new {c.table}": {
            name: value for name, value in (c.after or {}).items() if not c.before or c.before[name] != value
        }
        for c in clinic.changes()
    }


REFUSED = {
    "owners do not owe more than the limit": (
        "give_vaccination", {"pet_id": TOO_DEAR.format("p.id"), "vaccine_id": TOO_DEAR.format("t.id")},
        "insufficient", "over the credit limit",
    ),
    "a pet has one open visit": (
        "open_visit", {"appointment_id": f"{ATTENDED} AND {HAS_OPEN_VISIT}", "weight_kg": 4, "notes": "Well"},
        "conflict", "has another visit open",
    ),
    "a visit has one consultation fee": (
        "add_visit_item", {"visit_id": OPEN_VISIT, "treatment_id": TREATMENT.format("Nurse consultation")},
        "limit", "one consultation fee",
    ),
    "a treatment fits the species": (
        "add_visit_item", {"visit_id": OPEN_VISIT + " AND p.species != 'rabbit'",
                           "treatment_id": TREATMENT.format("Molar burring")},
        "invalid", "Molar burring is for the rabbit only",
    ),
    "a vaccine fits the species": (
        "give_vaccination", {"pet_id": ADULT.format("= 0") + " AND p.species = 'cat'",
                             "vaccine_id": TREATMENT.format("Rabies vaccine")},
        "invalid", "Rabies vaccine is licensed for the dog only",
    ),
    "the species counts before the credit": (
        "give_vaccination", {"pet_id": INDEBTED, "vaccine_id": TREATMENT.format("Rabies vaccine")},
        "invalid", "Rabies vaccine is licensed for the dog only",
    ),
    "stock fits the shelf": (
        "order_stock", {"medicine_id": "SELECT id FROM medicine WHERE on_order = 0", "quantity": 9999},
        "limit", "The shelf holds",
    ),
    "infants are not vaccinated": (
        "give_vaccination", {"pet_id": INFANT.format("p.id"), "vaccine_id": INFANT.format("t.id")},
        "unavailable", "under eight weeks old",
    ),
    "refills are not given early": (
        "dispense_refill", {"prescription_id": IN_STOCK + " AND r.refills_left > 0 AND r.valid_until >= '2026-03-05' "
                            "AND r.last_dispensed > '2026-02-12'"},
        "unavailable", "Too early",
    ),
    "a used up prescription gives no refill": (
        "dispense_refill", {"prescription_id": USED_UP + " AND r.valid_until >= '2026-03-05'"},
        "limit", "No refills are left",
    ),
    "controlled medicines are renewed once": (
        "renew_prescription", {"prescription_id": USED_UP + " AND m.controlled", "refills": 2},
        "limit", "is controlled: one refill at a time",
    ),
    "a pet unseen for half a year gets no renewal": (
        "renew_prescription", {"prescription_id": USED_UP + f" AND NOT {SEEN}", "refills": 1},
        "unavailable", "has not been seen for 180 days",
    ),
    "only laboratory tests have reports": (
        "record_lab_result", {"visit_id": OPEN_VISIT, "test_id": TREATMENT.format("Nail clip"), "report": "Fine"},
        "invalid", "Nail clip is no laboratory test",
    ),
    "a report belongs to a test that was taken": (
        "record_lab_result", {"visit_id": UNTESTED, "test_id": TREATMENT.format("Urinalysis"), "report": "Fine"},
        "conflict", "No urinalysis was taken at that visit",
    ),
    "a signed consent is the owner's and is not overwritten": (
        "write_file", {"folder": CONSENT.format("d.path"), "name": CONSENT.format("f.name"), "text": "x", "mode": "replace"},
        "forbidden", "is locked",
    ),
    "owners need no share of what they signed": (
        "share_file", {"file_id": CONSENT.format("f.id"), "person": CONSENT.format("o.name"), "access": "view"},
        "conflict", "so it needs no share",
    ),
    "addresses are not shared": (
        "change_contact", {"owner_id": 1, "email": "SELECT email FROM owner WHERE id = 2"},
        "conflict", "Another owner is registered",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_leaves_nothing(clinic: Instance, name: str) -> None:
    tool, arguments, code, message = REFUSED[name]
    step = clinic.apply(tool, given(clinic, arguments))
    assert step.refusal is not None, step.text
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert clinic.changes() == []


CHANGES = {
    "change_contact": ({"owner_id": 1, "phone": "020 7946 0999"}, {"owner": {"phone": "020 7946 0999"}}),
    "add_visit_item": (
        {"visit_id": OPEN_VISIT, "treatment_id": TREATMENT.format("Microchip"), "quantity": 2},
        {"new visit_item": {"visit_id": OPEN_VISIT, "treatment_id": 6, "quantity": 2, "price": 2450}},
    ),
    "remove_visit_item": (
        {"item_id": "SELECT i.id FROM visit_item i JOIN visit v ON v.id = i.visit_id WHERE v.status = 'open'"},
        {"visit_item": {}},
    ),
    "order_stock": (
        {"medicine_id": "SELECT id FROM medicine WHERE on_order = 0", "quantity": 2}, {"medicine": {"on_order": 2}},
    ),
    "receive_stock": (
        {"medicine_id": "SELECT id FROM medicine WHERE on_order > 0",
         "quantity": "SELECT on_order FROM medicine WHERE on_order > 0"},
        {"medicine": {"stock": "SELECT stock + on_order FROM medicine WHERE on_order > 0", "on_order": 0}},
    ),
    "renew_prescription": (
        {"prescription_id": USED_UP + f" AND NOT m.controlled AND {SEEN}", "refills": 3},
        {"prescription": {"refills_left": 3, "valid_until": "2026-09-01"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("tool", CHANGES)
def test_tool_changes_exactly_this(clinic: Instance, tool: str) -> None:
    arguments, expected = CHANGES[tool]
    wanted = {table: given(clinic, values) for table, values in expected.items()}
    step = clinic.apply(tool, given(clinic, arguments))
    assert step.ok, step.text
    assert changed(clinic) == wanted


def test_a_refill_leaves_stock_and_is_charged(clinic: Instance) -> None:
    before = clinic.call("get_medicine", medicine_id=one(clinic, READY.replace("r.id", "m.id", 1))).observation
    script = one(clinic, READY)
    step = clinic.call("dispense_refill", prescription_id=script)
    assert step.ok, step.text
    quantity, got = step.observation["quantity"], changed(clinic)
    assert got["medicine"] == {"stock": before["stock"] - quantity}
    assert got["prescription"] == {"refills_left": step.observation["refills_left"], "last_dispensed": "2026-03-05"}
    assert got["new entry"]["amount"] == round(before["unit_price"] * 100) * quantity
    assert got["new entry"]["memo"] == f"{before['name']} for {step.observation['pet_name']}"
    assert set(got) == {"medicine", "prescription", "new entry", "owner"}


def test_a_visit_is_opened_billed_and_closed(clinic: Instance) -> None:
    seen = one(clinic, f"{ATTENDED} AND NOT {HAS_OPEN_VISIT} AND (SELECT o.balance FROM owner o JOIN pet p "
                       "ON p.owner_id = o.id WHERE p.id = a.pet_id) < 20000")  # fmt: skip
    visit = clinic.call("open_visit", appointment_id=seen, weight_kg=7.7, notes="Well").observation
    assert clinic.call("charge_visit", visit_id=visit["id"]).refusal is not None
    for name, quantity in (("Consultation", 1), ("Nail clip", 2)):
        treatment = one(clinic, TREATMENT.format(name))
        clinic.call("add_visit_item", visit_id=visit["id"], treatment_id=treatment, quantity=quantity)
    bill = clinic.call("charge_visit", visit_id=visit["id"]).observation
    assert (bill["status"], bill["charged"], bill["appointment_id"]) == ("charged", 79.0, seen)
    got = changed(clinic)
    assert (got["pet"], got["new entry"]["amount"]) == ({"weight_kg": 77}, 7900)
    assert clinic.call("add_visit_item", visit_id=visit["id"], treatment_id=4).refusal is not None


def test_a_first_vaccination_makes_a_card_and_a_charge(clinic: Instance) -> None:
    pet = one(clinic, ADULT.format("= 0") + " AND p.species = 'dog'" + NO_CARD)
    card = clinic.call("give_vaccination", pet_id=pet, vaccine_id=20).observation
    assert (card["doses"], card["given"], card["due"]) == (1, "2026-03-05", "2027-03-05")
    assert changed(clinic)["owner"] == {"balance": 4250}
    again = clinic.call("give_vaccination", pet_id=pet, vaccine_id=20)
    assert again.refusal is not None and "covered until 5 March 2027" in again.refusal.message


def test_a_report_is_filed_in_the_pets_folder_and_a_second_one_keeps_the_first(clinic: Instance) -> None:
    visit, test = one(clinic, TAKEN.format("v.id")), one(clinic, TAKEN.format("t.id"))
    seen = clinic.call("get_visit", visit_id=visit).observation
    pet = clinic.call("get_pet", pet_id=seen["pet_id"]).observation
    name = one(clinic, TAKEN.format("t.name"))
    for report in ("Glucose: 5.1", "Glucose: 5.2 (run again)"):
        filed = clinic.call("record_lab_result", visit_id=visit, test_id=test, report=report).observation
    surname = pet["owner_name"].split()[-1]
    assert (filed["folder_path"], filed["name"], filed["version"]) == (
        f"/Patients/{pet['id']:03d} {pet['name']} {surname}", f"{seen['held'][:10]} {name}.txt", 2)  # fmt: skip
    read = [clinic.call("read_file", file_id=filed["id"], version=number).observation["text"] for number in (1, 2)]
    assert read == ["Glucose: 5.1", "Glucose: 5.2 (run again)"]


def test_a_vaccination_renews_the_certificate(clinic: Instance) -> None:
    pet = one(clinic, ADULT.format("= 0") + " AND p.species = 'dog'" + NO_CARD)
    assert clinic.call("give_vaccination", pet_id=pet, vaccine_id=20).ok
    seen = clinic.call("get_pet", pet_id=pet).observation
    folder = f"/Patients/{pet:03d} {seen['name']} {seen['owner_name'].split()[-1]}"
    found = clinic.call("search_files", name="Vaccination certificate", folder_path=folder).observation["results"]
    text = clinic.call("read_file", file_id=found[0]["id"]).observation["text"]
    assert f"Patient: {seen['name']}, dog, {seen['breed']}, born" in text
    cards = clinic.call("search_vaccinations", pet_id=pet, limit=50).observation["results"]
    assert len(text.partition("\n\nPatient")[2].partition("\n\n")[2].splitlines()) == len(cards)
    assert "Kennel cough vaccine: given 5 March 2026, next due 5 March 2027" in text


def test_seeded_reports_say_what_the_records_say(clinic: Instance) -> None:
    """Each report in a patient's folder bears the patient's and the owner's name, and HIGH is said of high values only."""
    found = clinic.call("find_files", pattern="/Patients/**/*.txt", words="Test:", limit=50).observation["files"]
    assert len(found) >= 4
    for file in found:
        text = clinic.call("read_file", file_id=file["id"]).observation["text"]
        pet = clinic.call("get_pet", pet_id=int(file["folder_path"].split("/")[2][:3])).observation
        assert f"Patient: {pet['name']}, {pet['species']}\nOwner: {pet['owner_name']}\nTest: " in text
        for value, top, mark in re.findall(r": ([\d.]+).* to ([\d.]+)\)( HIGH)?$", text, re.M):
            assert (float(value) > float(top)) == bool(mark), text


def test_the_prices_of_april_are_higher_than_todays(clinic: Instance) -> None:
    lists = clinic.call("search_files", name="Price list from 1 April.txt").observation["results"]
    text = clinic.call("read_file", file_id=lists[0]["id"]).observation["text"]
    coming = dict(line.rsplit(": ", 1) for line in text.splitlines())
    now = {one["name"]: one["price"] for one in clinic.call("price_list").observation["results"]}
    assert coming.keys() == now.keys()
    assert all(1.0 < float(coming[name]) / now[name] <= 1.11 for name in now)


def test_owners_see_and_change_only_their_own(world: LoadedWorld, clinic: Instance) -> None:
    owner = next(table for table in world.program.tables if table.name == "owner")
    clinic.act_as("owner", (owner.cls, 1))
    assert [one["id"] for one in clinic.call("search_owners").observation["results"]] == [1]
    other = one(clinic, "SELECT id FROM pet WHERE owner_id = 2")
    for tool, arguments in (("get_pet", {"pet_id": other}), ("prescriptions_of", {"pet_id": other}),
                            ("change_contact", {"owner_id": 2, "phone": "020 7946 0999"}),
                            ("dispense_refill", {"prescription_id": 1}), ("list_folder", {}), ("search_files", {}),
                            ("record_lab_result", {"visit_id": 1, "test_id": 13, "report": "x"})):  # fmt: skip
        refusal = clinic.apply(tool, arguments).refusal
        assert refusal is not None and refusal.code == "forbidden"
    assert clinic.changes() == []


def test_figures_agree_with_sql(clinic: Instance) -> None:
    db = clinic.store.db
    for owner, balance in db.execute("SELECT id, balance FROM owner").fetchall():
        sums = dict(db.execute("SELECT kind, sum(amount) FROM entry WHERE account_id = ? GROUP BY kind", (owner,)))
        shown = clinic.call("account_statement", account_id=owner).observation
        assert round(shown["balance"] * 100) == balance == sums.get("charge", 0) - sums.get("payment", 0)
        assert round(shown["charged"] * 100) == sums.get("charge", 0)
    billed = "SELECT visit_id, sum(price * quantity) FROM visit_item GROUP BY visit_id"
    for visit, amount in db.execute(billed).fetchall():
        items = clinic.call("visit_items", visit_id=visit).observation["results"]
        assert round(sum(item["price"] * item["quantity"] for item in items) * 100) == amount
        assert one(clinic, f"SELECT coalesce(charged, {amount}) FROM visit WHERE id = {visit}") == amount
