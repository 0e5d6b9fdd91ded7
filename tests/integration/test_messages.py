"""Messages: numbered without gaps, stored once, masked with a numbering that stays."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from handoff import conversations, messages, outbox, personal_data
from handoff.bus import InProcessBus, conversation_subject
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.messages import Button, Draft, Link
from handoff.tables import Message, OutboxRow, PersonalValue
from handoff.vault import Vault
from handoff.vocabulary import ChannelName, MessageKind, Owner, Sender
from tests.stage import Stage


async def test_numbers_have_no_gaps_when_many_write_at_once(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    stored = await asyncio.gather(*(stage.citizen_says(conversation_id, f"regel {number}") for number in range(20)))
    assert sorted(message.seq for message in stored) == list(range(1, 21))
    assert [message.seq for message in await stage.said(conversation_id)] == list(range(1, 21))
    assert (await stage.read(conversation_id)).last_seq == 20


async def test_a_rolled_back_message_leaves_no_gap(stage: Stage) -> None:
    conversation_id = await stage.conversation(first="een")

    async def fail_before_the_commit() -> None:
        async with stage.database.write() as session:
            await messages.append(session, conversation_id, Draft("weg"), sender=Sender.CITIZEN, now=stage.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_before_the_commit()
    await stage.citizen_says(conversation_id, "twee")
    assert [(one.seq, one.text) for one in await stage.said(conversation_id)] == [(1, "een"), (2, "twee")]


async def test_conversations_are_numbered_apart(stage: Stage) -> None:
    first, second = await stage.conversation(), await stage.conversation()
    await stage.citizen_says(first, "een")
    assert (await stage.citizen_says(second, "een")).seq == 1


async def test_after_a_number_come_exactly_the_later_messages_in_order(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    for number in range(1, 8):
        await stage.citizen_says(conversation_id, str(number))
    async with stage.database.read() as session:
        assert [one.seq for one in await messages.after(session, conversation_id, 4)] == [5, 6, 7]
        assert [one.seq for one in await messages.after(session, conversation_id, 4, limit=2)] == [5, 6]
        assert await messages.after(session, conversation_id, 7) == []
        seen = await messages.recent(session, conversation_id, up_to_seq=6, limit=3)
        assert [one.seq for one in seen] == [4, 5, 6]


@pytest.mark.parametrize(
    "expected",
    [
        {"expected_owner": Owner.EMPLOYEE},
        {"expected_owner": Owner.BOT, "expected_epoch": 1},
        {"expected_employee": "somebody"},
    ],
)
async def test_a_message_under_a_stale_owner_leaves_nothing(
    stage: Stage, bus: InProcessBus, expected: dict[str, object]
) -> None:
    conversation_id = await stage.conversation(channel=ChannelName.TELEGRAM, first="hallo")
    async with bus.subscribe(conversation_subject(conversation_id), outbox.OUTBOX_SUBJECT) as watching:
        with pytest.raises(StaleOwner) as stale:
            async with stage.database.write() as session:
                await messages.append(
                    session,
                    conversation_id,
                    Draft("te laat"),
                    sender=Sender.BOT,
                    now=stage.clock(),
                    **expected,  # type: ignore[arg-type]
                )
        assert await watching.next(0) is None
    assert (stale.value.owner, stale.value.epoch) == ("bot", 0)
    assert await stage.texts(conversation_id) == ["hallo"]
    assert (await stage.read(conversation_id)).last_seq == 1
    assert await stage.count(OutboxRow) == 0


async def test_a_message_to_an_unknown_conversation_is_refused(stage: Stage) -> None:
    with pytest.raises(UnknownConversation):
        await stage.citizen_says("no-such-conversation", "hallo")


async def test_buttons_and_links_come_back_as_they_were_written(stage: Stage) -> None:
    conversation_id = await stage.conversation()
    draft = Draft(
        "Kies. **Let op** é 🙂",
        MessageKind.QUESTION,
        buttons=(Button("Ja", "overdracht:ja"),),
        links=(Link("Meer", "https://www.voorbeeldstad.example"),),
    )
    async with stage.database.write() as session:
        await messages.append(session, conversation_id, draft, sender=Sender.BOT, now=stage.clock())
    (stored,) = await stage.said(conversation_id)
    assert (stored.text, stored.kind) == ("Kies. **Let op** é 🙂", "question")
    assert stored.buttons == [{"title": "Ja", "value": "overdracht:ja"}]
    assert stored.links == [{"title": "Meer", "url": "https://www.voorbeeldstad.example"}]
    assert stored.created_at == stage.clock()


async def masked(stage: Stage, vault: Vault, conversation_id: str, text: str) -> str:
    async with stage.database.write() as session:
        return (await messages.mask_in_conversation(session, vault, conversation_id, text)).text


async def test_a_value_keeps_its_placeholder_through_the_whole_conversation(stage: Stage, vault: Vault) -> None:
    conversation_id = await stage.conversation()
    assert await masked(stage, vault, conversation_id, "bel 06 12345678") == "bel [telefoon-1]"
    assert await masked(stage, vault, conversation_id, "of 020-1234567") == "of [telefoon-2]"
    again = await masked(stage, vault, conversation_id, "0612345678 of mail jan@post.example")
    assert again == "[telefoon-1] of mail [e-mail-1]"
    async with stage.database.read() as session:
        rows = (await session.scalars(select(PersonalValue))).all()
    assert {row.placeholder: vault.decrypt(row.ciphertext) for row in rows} == {
        "[telefoon-1]": "06 12345678",
        "[telefoon-2]": "020-1234567",
        "[e-mail-1]": "jan@post.example",
    }


async def test_each_conversation_numbers_its_own_values(stage: Stage, vault: Vault) -> None:
    first, second = await stage.conversation(), await stage.conversation()
    await masked(stage, vault, first, "020-1234567")
    assert await masked(stage, vault, second, "06 12345678") == "[telefoon-1]"


async def test_values_lie_encrypted_in_the_database(stage: Stage, vault: Vault) -> None:
    conversation_id = await stage.conversation()
    await masked(stage, vault, conversation_id, "Ik woon op Dorpsstraat 12, bel 0612345678")
    async with stage.database.read() as session:
        rows = (await session.scalars(select(PersonalValue))).all()
    assert {row.kind for row in rows} == {"adres", "telefoon"}
    for row in rows:
        stored = repr([row.placeholder, row.kind, row.value_hash, row.ciphertext])
        assert "Dorps" not in stored
        assert "12345678" not in stored


async def test_two_messages_at_once_with_the_same_new_number_share_one_placeholder(stage: Stage, vault: Vault) -> None:
    conversation_id = await stage.conversation()

    async def write(text: str) -> str:
        async with stage.database.write() as session:
            await conversations.lock(session, conversation_id)
            return (await messages.mask_in_conversation(session, vault, conversation_id, text)).text

    texts = await asyncio.gather(*(write("bel 06 12345678") for _ in range(5)))
    assert set(texts) == {"bel [telefoon-1]"}
    assert await stage.count(PersonalValue) == 1


async def test_what_was_found_before_is_not_looked_for_again(
    stage: Stage, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = await stage.conversation()
    text = "[telefoon-1] is van mij: 06 12345678"
    found = personal_data.find(text)
    monkeypatch.delattr(personal_data, "find")
    async with stage.database.write() as session:
        masked = await messages.mask_in_conversation(session, vault, conversation_id, text, found=found)
    assert masked.text == "(telefoon-1) is van mij: [telefoon-1]"


async def test_two_different_e_mail_addresses_never_share_a_placeholder(stage: Stage, vault: Vault) -> None:
    conversation_id = await stage.conversation()
    text = await masked(stage, vault, conversation_id, "jan.de.vries@post.example of jandevries@post.example")
    assert text == "[e-mail-1] of [e-mail-2]"


async def test_an_error_of_the_database_does_not_repeat_what_a_citizen_wrote(stage: Stage) -> None:
    with pytest.raises(IntegrityError) as failed:
        async with stage.database.write() as session:
            await session.execute(insert(Message).values(id="1", text="Ik ben bang voor mijn man"))
    assert "INSERT INTO" in str(failed.value)
    assert "bang" not in str(failed.value)
