"""Names sort by sound."""

import pytest

from kit.sorting import sort_key


@pytest.mark.parametrize(
    ("text", "key"),
    [("张三", "zhangsan"), ("重庆", "chongqing"), ("ABC 通信", "abc tongxin"), ("", "")],
)
def test_it_reads_as_it_sounds(text, key):
    assert sort_key(text) == key


def test_chinese_names_sort_by_pinyin():
    assert sorted(["赵云", "阿里", "黄山"], key=sort_key) == ["阿里", "黄山", "赵云"]
