"""The ollama package: generate with a suffix, chat with tools, formats, lists."""
import json
import os

import ollama

client = ollama.Client(host=os.environ["BASE"])
name = client.list().models[0].model
assert client.show(name).details.family
options = {"num_predict": 16, "temperature": 0}
whole = client.generate(model=name, prompt="def area(w, h):\n    ", suffix="\n", options=options)
assert whole.done and whole.eval_count <= 16, whole
parts = list(client.generate(model=name, prompt="def area(w, h):\n    ", suffix="\n", options=options, stream=True))
assert "".join(p.response for p in parts) == whole.response and parts[-1].done
user = [{"role": "user", "content": "Who?"}]
assert client.chat(model=name, messages=user, tools=[], options=options).message.role == "assistant"
schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
shaped = client.chat(model=name, messages=user, format=schema, options={"num_predict": 40})
assert isinstance(json.loads(shaped.message.content)["age"], int), shaped
tool = {"type": "function", "function": {"name": "add", "description": "Add.", "parameters": schema}}
assert client.chat(model=name, messages=user, tools=[tool], options=options).done
print("6 checks")
