"""The instructor package in each of its modes."""
import os

import instructor
import openai
from pydantic import BaseModel


class Person(BaseModel):
    name: str
    age: int


base = openai.OpenAI(base_url=os.environ["BASE"] + "/v1", api_key="none")
turns = [{"role": "user", "content": "Ann is 31 years old."}]
checks = 0
for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA, instructor.Mode.TOOLS_STRICT):
    client = instructor.from_openai(base, mode=mode)
    person = client.chat.completions.create(
        model="cinnabar", messages=turns, response_model=Person, max_tokens=80, max_retries=0
    )
    assert isinstance(person, Person), mode
    checks += 1
client = instructor.from_openai(base, mode=instructor.Mode.JSON_SCHEMA)
for partial in client.chat.completions.create_partial(
    model="cinnabar", messages=turns, response_model=Person, max_tokens=80, max_retries=0
):
    pass
assert partial.age is not None
print(f"{checks + 1} checks")
