"""The mistralai package: fill-in-the-middle and chat, whole and streamed."""
import os

try:
    from mistralai.client import Mistral
except ImportError:
    from mistralai import Mistral

client = Mistral(api_key="none", server_url=os.environ["BASE"])
reply = client.fim.complete(model="codestral", prompt="def area(w, h):\n    ", suffix="\n", max_tokens=12, temperature=0)
assert reply.choices[0].message.content is not None, reply
text = ""
for event in client.fim.stream(model="codestral", prompt="def area(w, h):\n    ", suffix="\n", max_tokens=12, temperature=0):
    text += event.data.choices[0].delta.content or ""
assert text == reply.choices[0].message.content, (text, reply)
chat = client.chat.complete(model="codestral", messages=[{"role": "user", "content": "Hello"}], max_tokens=8)
assert chat.usage.completion_tokens <= 8
print("3 checks")
