"""What breaks: each a function that hurts the installation while people work; `heal` mends the rest."""

from __future__ import annotations

import asyncio

from tests.system.faults.rounds import Fault, Round

MORTAL = ("projects", "evaluation", "notifications", "nats")


async def killed(this: Round) -> None:
    """SIGKILL for a few processes, one after another or two at once, whoever is there again."""
    for _ in range(this.chance.randint(1, 3)):
        for name in this.chance.sample(MORTAL, this.chance.choice((1, 1, 2))):
            if name == "nats":
                await asyncio.to_thread(this.town.nats.kill)
            else:
                for process in this.town.of(name):
                    process.running.kill()
        await asyncio.sleep(this.chance.random())
        await this.town.heal()
        await this.work()


FAULTS: dict[str, Fault] = {fault.__name__: fault for fault in (killed,)}
