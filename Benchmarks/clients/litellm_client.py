"""The litellm package: its routes inception/, text-completion-inception/ and openai/."""
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm

litellm.telemetry = False
base = os.environ["BASE"] + "/v1"
user = [{"role": "user", "content": "Add two numbers."}]
checks = 0
for model in ("inception/mercury-2", "openai/cinnabar"):
    reply = litellm.completion(model=model, api_base=base, api_key="none", messages=user, max_tokens=12)
    assert reply.choices[0].finish_reason in ("stop", "length"), reply
    text = ""
    for chunk in litellm.completion(
        model=model, api_base=base, api_key="none", messages=user, max_tokens=12, stream=True, temperature=0.5
    ):
        text += chunk.choices[0].delta.content or ""
    tools = [{"type": "function", "function": {"name": "add", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}}]
    called = litellm.completion(
        model=model, api_base=base, api_key="none", messages=user, max_tokens=40, tools=tools, tool_choice="required"
    )
    assert called.choices[0].message.tool_calls[0].function.name == "add", called
    checks += 3
filled = litellm.text_completion(
    model="text-completion-inception/mercury-edit-2", api_base=base, api_key="none", prompt="def area(w, h):\n    ",
    suffix="\n", max_tokens=12,
)
assert filled.choices[0].text is not None, filled
print(f"{checks + 1} checks")
