"""Parse queries, rewrite them and write them for another database."""

import sqlglot
from timed import timed

QUERY = """
WITH recent AS (SELECT id, owner, SUM(amount) AS total FROM orders WHERE day > '2024-01-{0:02}' GROUP BY id, owner)
SELECT r.id, COALESCE(o.name, 'nobody') AS name, CASE WHEN r.total > {0} THEN 'large' ELSE 'small' END AS kind
FROM recent AS r LEFT JOIN owners AS o ON o.id = r.owner AND o.age BETWEEN {0} AND 99
WHERE r.total IN (1, 2, {0}) OR NOT EXISTS (SELECT 1 FROM blocked AS b WHERE b.id = r.id)
ORDER BY r.total DESC LIMIT {0}
"""


def work(size):
    for at in range(1, 30 * size + 1):
        tree = sqlglot.parse_one(QUERY.format(at), read="postgres")
        tree = tree.transform(lambda node: node)
        assert "COALESCE" in tree.sql(dialect="duckdb")


timed(work)
