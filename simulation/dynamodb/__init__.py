"""DynamoDB in memory: tables, indexes, expressions and limits, as the developer guide describes them."""
