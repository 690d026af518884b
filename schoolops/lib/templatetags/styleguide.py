"""One tag for the style guide: shows a piece of template and, below it, its source."""

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, TokenType
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()

_WRITTEN = {
    TokenType.TEXT: "{}",
    TokenType.VAR: "{{{{ {} }}}}",
    TokenType.BLOCK: "{{% {} %}}",
    TokenType.COMMENT: "{{# {} #}}",
}


class Example(Node):
    def __init__(self, title: FilterExpression, source: str, nodelist: NodeList) -> None:
        self.title, self.source, self.nodelist = title, source, nodelist

    def render(self, context: template.Context) -> SafeString:
        view = {"title": self.title.resolve(context), "source": self.source, "content": self.nodelist.render(context)}
        return SafeString(render_to_string("components/example.html", view))


@register.tag
def example(parser: Parser, token: Token) -> Example:
    """{% example "Thẻ trạng thái" %}{% badge "locked" %}{% endexample %}"""
    title = parser.compile_filter(token.split_contents()[1])
    source = _source_until(parser, "endexample")
    nodelist = parser.parse(("endexample",))
    parser.delete_first_token()
    return Example(title, source, nodelist)


def _source_until(parser: Parser, end: str) -> str:
    parts = []
    tokens: list[Token] = parser.tokens  # type: ignore[assignment]  # the stubs say less than the parser does
    # The parser keeps its tokens in reverse and takes them from the end.
    for token in reversed(tokens):
        if token.token_type is TokenType.BLOCK and token.contents == end:
            break
        parts.append(_WRITTEN[token.token_type].format(token.contents))
    return _outdented("".join(parts))


def _outdented(source: str) -> str:
    lines = source.strip("\n").rstrip().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)
