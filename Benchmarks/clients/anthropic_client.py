"""The anthropic package: messages, stream, tools, count of tokens."""
import os

import anthropic

client = anthropic.Anthropic(base_url=os.environ["BASE"], api_key="none")
user = [{"role": "user", "content": "Add two numbers."}]
# The newest versions of the package have no argument for the temperature.
options = dict(model="cinnabar", max_tokens=24, messages=user, system="Be brief.", extra_body={"temperature": 0})
whole = client.messages.create(**options)
assert whole.stop_reason in ("end_turn", "max_tokens"), whole
with client.messages.stream(**options) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
assert text == "".join(b.text for b in whole.content), (text, whole)
assert final.usage.output_tokens == whole.usage.output_tokens and final.stop_reason == whole.stop_reason
tool = {"name": "add", "description": "Add.", "input_schema": {
    "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}
called = client.messages.create(**{**options, "max_tokens": 60}, tools=[tool], tool_choice={"type": "tool", "name": "add"})
assert called.stop_reason == "tool_use" and isinstance(called.content[0].input["a"], int), called
with client.messages.stream(**{**options, "max_tokens": 60}, tools=[tool], tool_choice={"type": "any"}) as stream:
    assert isinstance(stream.get_final_message().content[0].input["a"], int)
again = client.messages.create(model="cinnabar", max_tokens=8, tools=[tool], messages=user + [
    {"role": "assistant", "content": [b.model_dump(include={"type", "id", "name", "input"}) for b in called.content]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": called.content[0].id, "content": "3"}]}])
assert again.role == "assistant"
assert client.messages.count_tokens(model="cinnabar", messages=user).input_tokens > 0
print("8 checks")
