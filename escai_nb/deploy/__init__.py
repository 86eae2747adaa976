"""Deployments as plain values, and the manifests of orchestrators made of them."""
