"""The merged OpenAPI document, as those use it who generate clients in other languages."""
