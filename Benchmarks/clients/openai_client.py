"""The openai package: chat, stream, parse, tools, completions with suffix and log-probabilities, responses."""
import json
import os

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=os.environ["BASE"] + "/v1", api_key="none")
model = client.models.list().data[0].id
assert client.models.retrieve(model).id == model
user = [{"role": "user", "content": "Write a function that adds two numbers."}]
checks = 0


def check(condition, what):
    global checks
    assert condition, what
    checks += 1


whole = client.chat.completions.create(model=model, messages=user, max_tokens=40, seed=3, temperature=0.7)
check(whole.choices[0].finish_reason in ("stop", "length"), whole)
check(whole.usage.completion_tokens <= 40 and whole.usage.prompt_tokens > 0, whole.usage)

chunks = list(
    client.chat.completions.create(
        model=model, messages=user, max_tokens=40, seed=3, temperature=0.7, stream=True,
        stream_options={"include_usage": True},
    )
)
text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
check(text == whole.choices[0].message.content, "streamed text is the same text")
check(chunks[-1].usage.completion_tokens == whole.usage.completion_tokens, "usage comes last")
check([c.choices[0].finish_reason for c in chunks if c.choices][-1] == whole.choices[0].finish_reason, "finish reason")

with client.chat.completions.stream(model=model, messages=user, max_tokens=20, temperature=0) as stream:
    for _ in stream:
        pass
    check(stream.current_completion_snapshot.choices[0].message.content is not None, "accumulated")


class Person(BaseModel):
    name: str
    age: int


parsed = client.chat.completions.parse(model=model, messages=user, response_format=Person, max_tokens=60)
check(isinstance(parsed.choices[0].message.parsed, Person), parsed)

tool = openai.pydantic_function_tool(Person, name="register")
called = client.chat.completions.parse(model=model, messages=user, tools=[tool], tool_choice="required", max_tokens=80)
call = called.choices[0].message.tool_calls[0]
check(isinstance(call.function.parsed_arguments, Person), call)
check(called.choices[0].finish_reason == "tool_calls", called)

with client.chat.completions.stream(
    model=model, messages=user, tools=[tool], tool_choice={"type": "function", "function": {"name": "register"}},
    max_tokens=80,
) as stream:
    for _ in stream:
        pass
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
    check(isinstance(call.function.parsed_arguments, Person), call)

answered = client.chat.completions.create(
    model=model, max_tokens=10,
    messages=user + [
        {"role": "assistant", "content": None, "tool_calls": [call.model_dump(include={"id", "type", "function"})]},
        {"role": "tool", "tool_call_id": call.id, "content": "registered"},
        {"role": "developer", "content": "Be brief."},
    ],
)
check(answered.choices[0].message.content is not None, answered)

several = client.chat.completions.create(model=model, messages=user, n=3, max_tokens=10, temperature=1, seed=1)
check([c.index for c in several.choices] == [0, 1, 2], several)

scored = client.chat.completions.create(model=model, messages=user, max_tokens=5, logprobs=True, top_logprobs=3)
content = scored.choices[0].logprobs.content
check(len(content) == scored.usage.completion_tokens and all(len(t.top_logprobs) == 3 for t in content), scored)
check(all(t.logprob <= 0 for t in content), content)

filled = client.completions.create(
    model=model, prompt="def area(width, height):\n    ", suffix="\n\nprint(area(2, 3))\n", max_tokens=20
)
check(filled.choices[0].finish_reason in ("stop", "length"), filled)
echoed = client.completions.create(model=model, prompt="import os\n", echo=True, logprobs=1, max_tokens=1)
logprobs = echoed.choices[0].logprobs
check(echoed.choices[0].text.startswith("import os\n"), echoed)
check("".join(logprobs.tokens) == echoed.choices[0].text, "tokens are the text")
check(logprobs.text_offset[0] == 0, logprobs)
stopped = client.completions.create(model=model, prompt="x = 1\ny = 2\n", stop=["\n"], max_tokens=50)
check("\n" not in stopped.choices[0].text, stopped)
two = client.completions.create(model=model, prompt=["a = ", "b = "], n=2, max_tokens=4, temperature=1)
check(len(two.choices) == 4, two)
predicted = client.chat.completions.create(
    model=model, messages=user, max_tokens=10, prediction={"type": "content", "content": "def add(a, b):"}
)
check(predicted.choices[0].message.content is not None, predicted)

reply = client.responses.create(model=model, input="Add two numbers.", max_output_tokens=16)
check(reply.object == "response" and reply.usage.output_tokens <= 16, reply)
events = list(client.responses.create(model=model, input=user, max_output_tokens=16, stream=True))
check(events[0].type == "response.created" and events[-1].type in ("response.completed", "response.incomplete"), events)
check([e.sequence_number for e in events] == list(range(len(events))), "numbers")
shaped = client.responses.parse(model=model, input="A person.", text_format=Person, max_output_tokens=60)
check(isinstance(shaped.output_parsed, Person), shaped)
function = client.responses.create(
    model=model, input="A person.", tool_choice="required", max_output_tokens=80,
    tools=[{"type": "function", "name": "register", "strict": True, "parameters": {
        "type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"], "additionalProperties": False}}],
)
check(set(json.loads(function.output[0].arguments)) == {"name", "age"}, function)

diffusing = list(
    client.chat.completions.create(
        model=model, messages=user, max_tokens=30, temperature=0, stream=True, extra_body={"diffusing": True}
    )
)
states = [c.choices[0].delta.content for c in diffusing if c.choices and c.choices[0].delta.content]
plain = client.chat.completions.create(model=model, messages=user, max_tokens=30, temperature=0)
check(not plain.choices[0].message.content or states[-1] == plain.choices[0].message.content, "the last state is the text")

canvases = list(
    client.chat.completions.create(
        model=model, messages=user, max_tokens=30, temperature=0, stream=True,
        stream_options={"include_canvas": True},
    )
)
text = "".join(c.choices[0].delta.content or "" for c in canvases if c.choices)
check(text == plain.choices[0].message.content, "canvas events do not disturb the text")

for bad in ({"temperature": 3}, {"max_tokens": -1}, {"n": 0}, {"top_logprobs": 99, "logprobs": True}):
    try:
        client.chat.completions.create(model=model, messages=user, **bad)
        check(False, bad)
    except openai.BadRequestError as error:
        check(error.body["type"] == "invalid_request_error", error)
try:
    client.completions.create(model=model, prompt="x = 1\n" * 5000)
    check(False, "a prompt beyond the context")
except openai.BadRequestError as error:
    check(error.code == "context_length_exceeded", error)
print(f"{checks} checks")
