"""Load and dump nested data by a schema."""

from marshmallow import Schema, ValidationError, fields, validate
from timed import timed


class Author(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1))
    email = fields.Email()


class Book(Schema):
    title = fields.String(required=True)
    pages = fields.Integer(validate=validate.Range(min=1))
    price = fields.Decimal(as_string=True)
    day = fields.Date()
    authors = fields.List(fields.Nested(Author))


def work(size):
    schema = Book()
    for at in range(900 * size):
        authors = [{"name": f"author {one}", "email": f"a{one}@example.org"} for one in range(at % 4)]
        data = {"title": f"title {at}", "pages": at + 1, "price": "9.50", "day": "2024-02-29", "authors": authors}
        assert schema.dump(schema.load(data)) == data
        try:
            schema.load({"pages": 0, "authors": [{}]})
        except ValidationError as error:
            assert set(error.messages) == {"title", "pages", "authors"}


timed(work)
