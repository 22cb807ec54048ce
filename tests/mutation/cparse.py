# SPDX-License-Identifier: LGPL-2.1-or-later
"""Just enough C to find the places in a source of ours where a mistake could be: the bodies of its functions as a tree whose
leaves are tokens. What it does not understand it says, with file and line; it guesses nothing."""

import re

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<preprocessor>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
    |(?P<string>"(?:\\.|[^"\\])*")
    |(?P<char>'(?:\\.|[^'\\])*')
    |(?P<number>(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)[uUlL]*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}\[\]])""",
    re.S | re.M | re.X,
)
TYPES = set(
    "const volatile unsigned signed char short int long float double void bool struct enum union static "
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ssize_t".split()
)
PRECEDENCE = [
    ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", "<=", ">", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"],
]
LEVEL = {op: i for i, ops in enumerate(PRECEDENCE) for op in ops}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


class Node:
    """kind, the tokens' line, and whatever parts the kind has."""

    def __init__(self, kind, line, **parts):
        self.kind, self.line = kind, line
        self.__dict__.update(parts)


def tokens_of(text):
    position, line, tokens = 0, 1, []
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise SyntaxError(f"line {line}: {text[position:position + 20]!r} is no token")
        if match.lastgroup not in ("space",):
            tokens.append(Token(match.lastgroup, match.group(), line))
        line += match.group().count("\n")
        position = match.end()
    return tokens


def join(tokens):
    """Tokens as readable text."""
    out = ""
    for token in tokens:
        t = token.text
        tight = not out or out[-1] in "([!~." or out.endswith("->") or t in (")", "]", ",", ";", ".", "->", "++", "--", "[")
        if t == "(" and re.search(r"\w$", out):
            tight = True
        out += t if tight else " " + t
    return out


class Parser:
    def __init__(self, tokens):
        self.tokens, self.at = tokens, 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead].text if self.at + ahead < len(self.tokens) else ""

    def line(self):
        return self.tokens[min(self.at, len(self.tokens) - 1)].line

    def take(self, wanted=None):
        token = self.tokens[self.at]
        if wanted and token.text != wanted:
            raise SyntaxError(f"line {token.line}: '{wanted}' wanted, '{token.text}' found")
        self.at += 1
        return token

    def source(self, begin):
        return join(self.tokens[begin:self.at])

    def balanced(self):
        """From the bracket here to its other end, verbatim."""
        begin, depth = self.at, 0
        while True:
            t = self.take().text
            depth += (t in "([{") - (t in ")]}")
            if depth == 0:
                return self.source(begin)

    # --- expressions

    def expression(self):
        begin, line = self.at, self.line()
        left = self.assignment()
        while self.peek() == ",":
            self.take()
            left = Node("comma", line, left=left, right=self.assignment(), source=self.source(begin))
        return left

    def assignment(self):
        begin, line = self.at, self.line()
        left = self.conditional()
        if self.peek() in ASSIGN:
            op = self.take().text
            right = self.assignment()
            return Node("assign", line, op=op, left=left, right=right, source=self.source(begin))
        return left

    def conditional(self):
        begin, line = self.at, self.line()
        test = self.binary(0)
        if self.peek() != "?":
            return test
        self.take()
        then = None if self.peek() == ":" else self.expression()
        self.take(":")
        other = self.conditional()
        return Node("ternary", line, test=test, then=then, other=other, source=self.source(begin))

    def binary(self, level):
        if level == len(PRECEDENCE):
            return self.unary()
        begin, line = self.at, self.line()
        left = self.binary(level + 1)
        while self.peek() in PRECEDENCE[level]:
            line = self.line()
            op = self.take().text
            right = self.binary(level + 1)
            left = Node("binary", line, op=op, left=left, right=right, source=self.source(begin))
        return left

    def begins_type(self, ahead=0):
        return self.peek(ahead) in TYPES

    def unary(self):
        begin, line = self.at, self.line()
        t = self.peek()
        if t == "sizeof":
            self.take()
            if self.peek() == "(":
                self.balanced()
            else:
                self.unary()
            return Node("verbatim", line, source=self.source(begin))
        if t in ("!", "-", "~", "*", "&", "+", "++", "--"):
            self.take()
            operand = self.unary()
            return Node("unary", line, op=t, operand=operand, source=self.source(begin))
        if t == "(" and self.begins_type(1):
            kind = self.balanced()
            if self.peek() == "{":
                fields = self.initializer()
                return self.postfix(Node("compound", line, type=kind, fields=fields, source=self.source(begin)), begin)
            operand = self.unary()
            return Node("cast", line, type=kind, operand=operand, source=self.source(begin))
        return self.postfix(self.primary(), begin)

    def primary(self):
        begin, line = self.at, self.line()
        token = self.take()
        if token.text == "(":
            inner = self.expression()
            self.take(")")
            return Node("parens", line, inner=inner, source=self.source(begin))
        if token.kind == "number":
            return Node("number", line, source=token.text)
        if token.kind in ("string", "char"):
            while self.tokens[self.at].kind == "string":
                self.take()
            return Node("verbatim", line, source=self.source(begin))
        if token.kind != "name":
            raise SyntaxError(f"line {line}: '{token.text}' begins no expression")
        if re.fullmatch(r"U?INT\d+_C", token.text):
            self.balanced()
            return Node("number", line, source=self.source(begin))
        return Node("name", line, name=token.text, source=token.text)

    def postfix(self, node, begin):
        while True:
            line, t = self.line(), self.peek()
            if t == "(":
                self.take()
                arguments = []
                while self.peek() != ")":
                    arguments.append(self.assignment())
                    if self.peek() == ",":
                        self.take()
                self.take(")")
                node = Node("call", line, callee=node, arguments=arguments)
            elif t == "[":
                self.take()
                index = self.expression()
                self.take("]")
                node = Node("index", line, base=node, index=index)
            elif t in (".", "->"):
                self.take()
                node = Node("member", line, base=node, op=t, name=self.take().text)
            elif t in ("++", "--"):
                self.take()
                node = Node("step", line, base=node, op=t)
            else:
                return node
            node.source = self.source(begin)

    def initializer(self):
        """{ .x = …, … } or { …, … }: a list of (designator or None, value); a value may be such a list again."""
        fields = []
        self.take("{")
        while self.peek() != "}":
            designator, begin = None, self.at
            while self.peek() in (".", "["):
                if self.peek() == "[":
                    self.balanced()
                else:
                    self.take()
                    self.take()
            if self.at > begin:
                designator = self.source(begin)
                self.take("=")
            fields.append((designator, self.initializer() if self.peek() == "{" else self.assignment()))
            if self.peek() == ",":
                self.take()
        self.take("}")
        return fields

    # --- statements

    def block(self):
        line = self.take("{").line
        statements = []
        while self.peek() != "}":
            statements.append(self.statement())
        self.take("}")
        return Node("block", line, statements=statements)

    def statement(self):
        line, t = self.line(), self.peek()
        if t == "{":
            return self.block()
        if t == "if":
            self.take()
            self.take("(")
            test = self.expression()
            self.take(")")
            then, other = self.statement(), None
            if self.peek() == "else":
                self.take()
                other = self.statement()
            return Node("if", line, test=test, then=then, other=other)
        if t in ("while", "switch"):
            self.take()
            self.take("(")
            test = self.expression()
            self.take(")")
            return Node(t, line, test=test, body=self.statement())
        if t == "for":
            self.take()
            self.take("(")
            first = self.statement() if self.peek() != ";" else (self.take(), None)[1]
            test = None if self.peek() == ";" else self.expression()
            self.take(";")
            step = None if self.peek() == ")" else self.expression()
            self.take(")")
            return Node("for", line, first=first, test=test, step=step, body=self.statement())
        if t == "return":
            self.take()
            value = None if self.peek() == ";" else self.expression()
            self.take(";")
            return Node("return", line, value=value)
        if t in ("break", "continue"):
            self.take()
            self.take(";")
            return Node("jump", line, source=t)
        if t in ("case", "default"):
            begin = self.at
            while self.take().text != ":":
                pass
            return Node("label", line, source=self.source(begin))
        if t == ";":
            self.take()
            return Node("empty", line)
        if t in TYPES or t.startswith("_cleanup_"):
            return self.declaration()
        value = self.expression()
        self.take(";")
        return Node("expression", line, value=value)

    def declaration(self):
        """Parts: verbatim text, or ("=", value) for an initialiser."""
        begin, line, parts, type_text = self.at, self.line(), [], ""
        static = self.peek() == "static"
        while self.peek() != ";":
            if static:
                if self.peek() in "([{":
                    self.balanced()
                else:
                    self.take()
            elif self.peek() in ("(", "["):
                self.balanced()
            elif self.peek() == "=":
                parts.append(self.source(begin))
                type_text = type_text or parts[0]
                self.take()
                parts.append(("=", self.initializer() if self.peek() == "{" else self.assignment()))
                begin = self.at
            else:
                self.take()
        parts.append(self.source(begin))
        self.take(";")
        return Node("declaration", line, parts=parts, type=type_text)


def functions_of(text):
    """(tokens before the body, the body) for each function, and the other tokens between, in the order of the file."""
    tokens, at, head = tokens_of(text), 0, []
    while at < len(tokens):
        token = tokens[at]
        if token.text == "{" and head and head[-1].text == ")":
            parser = Parser(tokens)
            parser.at = at
            body = parser.block()
            yield head, body
            head, at = [], parser.at
            continue
        if token.text == "{":
            parser = Parser(tokens)
            parser.at = at
            parser.balanced()
            head += tokens[at:parser.at]
            at = parser.at
            continue
        head.append(token)
        at += 1
    yield head, None
