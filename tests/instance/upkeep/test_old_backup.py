"""A node put back from an old backup contradicts nobody, itself least of all."""

import shutil
from pathlib import Path

from tests.instance.gone_wrong import AT_MOST, a_valley, page
from tests.instance.serving import until
from tests.instance.three import assembly_of, decides, the_record
from tests.instance.wire import rows


def test_a_node_from_an_old_backup_signs_nothing_before_it_has_what_it_lacks(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as valley:
        _, b, c = valley.together.houses
        harbour, quarry, mill = valley.nodes
        mill.stop()
        backup = tmp_path / "backup"
        shutil.copytree(mill.directory, backup)
        mill.start()
        decides(c)
        decides(c)
        newest = the_record(c)
        whose = assembly_of(c)
        until(lambda: len(the_record(b, whose)) == len(newest), AT_MOST)
        mill.kill()
        shutil.rmtree(mill.directory)
        shutil.copytree(backup, mill.directory)

        # Nobody is there to be asked: it serves, and signs nothing.
        valley.web.isolate(mill)
        mill.start()
        assert "still asking its fellow members" in page(mill, "/condition")
        assert len(the_record(c)) < len(newest)

        # One that hears it and cannot be heard is none that told it anything.
        valley.web.mend()
        valley.web.link(mill, harbour).cut = True
        valley.web.link(mill, quarry).loses_answers = 1.0
        assert "still asking its fellow members" in page(mill, "/condition")

        valley.web.mend()
        until(lambda: "signs for its assembly" in page(mill, "/condition"), AT_MOST)
        assert the_record(c)[: len(newest)] == newest
        for node in valley.nodes:
            assert rows(node, "select * from contradiction") == []
