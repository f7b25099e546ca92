"""The langchain-openai package: chat, stream, structured output by function and by schema, the completions class."""
import os

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel

base = os.environ["BASE"] + "/v1"


class Person(BaseModel):
    """A person."""

    name: str
    age: int


chat = ChatOpenAI(model="cinnabar", base_url=base, api_key="none", max_tokens=60, temperature=0)
turns = [SystemMessage("Be brief."), HumanMessage("Who is there?")]
whole = chat.invoke(turns)
assert whole.usage_metadata["output_tokens"] <= 60
assert "".join(c.content for c in chat.stream(turns)) == whole.content
assert isinstance(chat.with_structured_output(Person, method="function_calling").invoke("A person."), Person)
assert isinstance(chat.with_structured_output(Person, method="json_schema").invoke("A person."), Person)
assert isinstance(chat.bind_tools([Person], tool_choice="any").invoke("A person.").tool_calls[0]["args"], dict)
text = OpenAI(model="cinnabar", base_url=base, api_key="none", max_tokens=12).invoke("def add(a, b):")
assert isinstance(text, str)
print("6 checks")
