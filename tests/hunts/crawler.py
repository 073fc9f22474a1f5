"""Pages are fetched by tasks that share a counter; one of them asks for a page that does not exist."""

import asyncio


class Site:
    def __init__(self, pages):
        self.pages = pages
        self.hits = {}

    async def get(self, path):
        await asyncio.sleep(0)
        self.hits[path] = self.hits.get(path, 0) + 1
        return self.pages[path]


class Crawler:
    def __init__(self, site, start):
        self.site = site
        self.base = "/"
        self.waiting = [start]
        self.seen = set()
        self.titles = {}

    def absolute(self, link):
        return link if link.startswith("/") else self.base + link

    async def visit(self, path):
        if path in self.seen:
            return []
        self.seen.add(path)
        self.base = path[: path.rindex("/") + 1]
        title, links = await self.site.get(path)
        self.titles[path] = title
        return [self.absolute(link) for link in links]

    async def round(self):
        paths, self.waiting = self.waiting, []
        found = await asyncio.gather(*(self.visit(path) for path in paths))
        for links in found:
            self.waiting.extend(links)

    async def run(self):
        while self.waiting:
            await self.round()
        return self.titles


def pages():
    return {
        "/index": ("home", ["news/today", "/about/us"]),
        "/news/today": ("today", ["yesterday", "/index"]),
        "/news/yesterday": ("yesterday", []),
        "/about/us": ("us", ["team", "/news/today"]),
        "/about/team": ("team", ["us"]),
    }


async def main():
    crawler = Crawler(Site(pages()), "/index")
    titles = await crawler.run()
    print(sorted(titles.values()))


asyncio.run(main())
