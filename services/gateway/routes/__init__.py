"""One file of routes per noun of the field; each parses, builds the command, calls the handler, returns."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
