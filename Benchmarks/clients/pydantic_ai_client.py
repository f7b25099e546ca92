"""The pydantic-ai package: text, typed output by tool and by schema, streaming."""
import asyncio
import os

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


class Person(BaseModel):
    name: str
    age: int


model = OpenAIChatModel("cinnabar", provider=OpenAIProvider(base_url=os.environ["BASE"] + "/v1", api_key="none"))
settings = {"max_tokens": 80, "temperature": 0}
assert isinstance(Agent(model, output_type=Person).run_sync("A person.", model_settings=settings).output, Person)
assert isinstance(
    Agent(model, output_type=NativeOutput(Person)).run_sync("A person.", model_settings=settings).output, Person
)


async def stream():
    async with Agent(model, output_type=Person).run_stream("A person.", model_settings=settings) as result:
        return await result.get_output()


assert isinstance(asyncio.run(stream()), Person)
print("3 checks")
