"""The words of the current cycle: what each partner promised (all of it "contoh")."""

from __future__ import annotations

from dataclasses import dataclass, field

IndicatorWords = tuple[str, int, str, str]
"""(name, target, unit, source: partner | opd | siga)"""

DECISIONS = (
    ("tni", "kesepakatan", 1, "TNI menggerakkan Babinsa mendampingi Kampung KB dan melaporkan setiap bulan (contoh)."),
    ("polri", "kesepakatan", 2, "Polri menyelenggarakan bakti sosial KB-Kesehatan di setiap Polres (contoh)."),
    ("idi", "kesepakatan", 3, "IDI menugaskan dokter pendamping pelayanan MKJP di kabupaten/kota (contoh)."),
    ("opd", "kesepakatan", 4, "Dinas PPKB mencocokkan data pelayanan dan membina Kampung KB percontohan (contoh)."),
    ("data", "rekomendasi", 1, "Laporan disampaikan paling lambat tanggal 5 bulan berikutnya (contoh)."),
)


@dataclass(frozen=True)
class Promise:
    """One commitment: title, indicators, and what deviates from the partner's own."""

    title: str
    indicators: tuple[IndicatorWords, ...]
    priority: str = "medium"
    unit: str = ""
    supporters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Words:
    """One demo account's part. `below` is the unit that takes over a follow-up; `promises` by the state they show."""

    account: str
    unit: str
    short: str
    decision: str
    below: str
    region: str
    promises: dict[str, Promise]
    followups: tuple[str, ...]
    activities: tuple[tuple[str, str], ...] = field(default=())


_TNI = Words(
    "tni", "kodam", "Kodam", "tni", "kodim_16.04", "16",
    {
        "late": Promise(
            "Babinsa mendampingi Kampung KB di setiap kecamatan",
            (("Kecamatan dengan Kampung KB yang didampingi Babinsa", 241, "kecamatan", "partner"), ("Babinsa terlatih KIE", 300, "orang", "partner"),
             ("Peserta KB baru MKJP yang digerakkan", 1200, "orang", "opd")),
            "high", supporters=(("opd_16.04", "Menyiapkan data keluarga sasaran"), ("ibi", "Menyiapkan bidan pendamping"))),
        "returned": Promise("Sosialisasi bersama Babinsa dan PLKB di Kampung KB", (("Kampung KB yang dikunjungi", 120, "Kampung KB", "partner"),), unit="kodim_16.04"),
        "submitted": Promise("Data personel penggerak per Kodim", (("Kodim yang mengirim data", 8, "Kodim", "partner"),), "high"),
        "silent": Promise("Dukungan angkutan pelayanan ke desa terpencil", (("Desa terlayani", 60, "desa", "partner"),)),
        "running": Promise("Pelatihan KIE bagi Babinsa pendamping", (("Babinsa terlatih", 300, "orang", "partner"), ("Peserta KB baru yang dirujuk", 400, "orang", "siga"))),
        "not_due": Promise("TNI Manunggal Bangga Kencana Kesehatan", (("Peserta pelayanan", 5000, "orang", "opd"), ("Lokasi pelayanan", 241, "kecamatan", "partner"))),
        "unreported": Promise("Pos terpadu di lokasi TMMD", (("Pos terpadu", 4, "pos", "partner"),)),
        "proposed_done": Promise("Penunjukan perwira penghubung di setiap Kodim", (("Kodim dengan penghubung", 8, "Kodim", "partner"),)),
        "done": Promise("Pendataan lokasi Kampung KB binaan TNI", (("Kodim yang mendata", 8, "Kodim", "partner"),)),
        "done_late": Promise("Rapat persiapan bersama Persit", (("Rapat terlaksana", 1, "rapat", "partner"),)),
        "ended": Promise("Lomba Babinsa peduli Kampung KB", (("Peserta lomba", 40, "orang", "partner"),), "low"),
    },
    ("Menetapkan jadwal pendampingan Babinsa triwulan ini", "Mengganti Babinsa yang pindah tugas di enam kecamatan",
     "Mengirim daftar Kampung KB yang belum didampingi", "Mengirim nama perwira penghubung tiap Kodim", "Membagikan petunjuk pelaksanaan ke Koramil",
     "Melaporkan hasil pertemuan dengan Persit", "Melengkapi foto kegiatan bulan lalu", "Menyediakan kendaraan khusus pelayanan", "Memetakan desa terpencil di wilayah Lahat"),
    (("Pendampingan keluarga oleh Babinsa", "perlindungan"), ("Pelayanan KB bergerak bersama TNI", "reproduksi"), ("Gotong royong Rumah DataKu", "lingkungan"),
     ("Penyuluhan cegah stunting", "cinta_kasih"), ("Kelas orang tua bersama Persit", "pendidikan"), ("Bakti kesehatan di balai desa", "reproduksi")),
)  # fmt: skip

_POLRI = Words(
    "polri", "polda", "Polda", "polri", "polres_16.04", "16",
    {
        "late": Promise(
            "Bhakti Sosial Bhayangkara KB-Kesehatan", (("Peserta pelayanan", 2000, "orang", "partner"), ("Polres penyelenggara", 17, "Polres", "partner")),
            "high", supporters=(("bhayangkari", "Menggerakkan peserta"), ("idi", "Menyiapkan dokter"))),
        "returned": Promise("Bhabinkamtibmas menyuluh keluarga berisiko stunting", (("Keluarga disuluh", 900, "keluarga", "partner"),)),
        "submitted": Promise("Pengamanan dan penggerakan pelayanan KB serentak", (("Lokasi diamankan", 85, "lokasi", "partner"),)),
        "silent": Promise("Pos pelayanan KB di Polsek", (("Polsek dengan pos", 50, "Polsek", "partner"),)),
        "running": Promise("Pelatihan Bhabinkamtibmas tentang Bangga Kencana", (("Bhabinkamtibmas terlatih", 260, "orang", "partner"), ("Keluarga dirujuk", 300, "keluarga", "opd"))),
        "not_due": Promise("Bakti kesehatan hari Bhayangkara tahun depan", (("Polres penyelenggara", 17, "Polres", "partner"),)),
        "unreported": Promise("Kampanye cegah perkawinan anak di sekolah", (("Sekolah", 34, "sekolah", "partner"),)),
        "proposed_done": Promise("Penunjukan narahubung Polres untuk pelaporan", (("Polres dengan narahubung", 17, "Polres", "partner"),)),
        "done": Promise("Pemetaan Kampung KB di wilayah Polsek", (("Polres yang memetakan", 17, "Polres", "partner"),)),
        "done_late": Promise("Penyusunan petunjuk kerja Bhabinkamtibmas", (("Petunjuk tersusun", 1, "naskah", "partner"),)),
        "ended": Promise("Siaran bersama radio kepolisian", (("Siaran", 12, "siaran", "partner"),), "low"),
    },
    ("Menjadwalkan bakti sosial di tiga Polres tersisa", "Mengirim data peserta pelayanan per Polres", "Menyiapkan materi penyuluhan Bhabinkamtibmas",
     "Menunjuk narahubung di Polres", "Membagikan surat edaran ke Polsek", "Menyampaikan laporan hari Bhayangkara", "Melengkapi daftar hadir penyuluhan",
     "Menambah ambulans siaga", "Mendata pos pelayanan di wilayah Lahat"),
    (("Bakti sosial Bhayangkara", "reproduksi"), ("Penyuluhan Bhabinkamtibmas", "perlindungan"), ("Pelayanan KB di Polsek", "reproduksi"),
     ("Kampanye cegah perkawinan anak", "pendidikan"), ("Pasar murah Bhayangkari", "ekonomi"), ("Pemeriksaan kesehatan lansia", "cinta_kasih")),
)  # fmt: skip

_IDI = Words(
    "idi", "idi", "IDI", "idi", "idi_16.04", "16",
    {
        "late": Promise("Dokter pendamping pelayanan MKJP di kabupaten/kota", (("Kabupaten/kota dengan dokter pendamping", 17, "kabupaten/kota", "partner"), ("Peserta MKJP terlayani", 900, "orang", "opd")), "high"),
        "returned": Promise("Pelatihan pemasangan implan dan IUD", (("Dokter dan bidan terlatih", 140, "orang", "partner"),)),
        "submitted": Promise("Konsultasi dokter di Kampung KB", (("Kunjungan dokter", 68, "kunjungan", "partner"),)),
        "silent": Promise("Rujukan komplikasi pelayanan KB", (("Fasilitas kesehatan terhubung", 40, "faskes", "partner"),)),
        "running": Promise("Seminar kesehatan reproduksi remaja", (("Peserta seminar", 600, "orang", "partner"), ("Sekolah yang menindaklanjuti", 30, "sekolah", "opd"))),
        "not_due": Promise("Pelayanan KB serentak bersama IBI", (("Lokasi pelayanan", 17, "kabupaten/kota", "partner"),)),
        "unreported": Promise("Bapak asuh anak stunting oleh dokter", (("Anak diasuh", 120, "anak", "partner"),)),
        "proposed_done": Promise("Daftar nama dokter pendamping", (("Cabang yang mengirim", 6, "cabang", "partner"),)),
        "done": Promise("Pedoman mutu pelayanan kontrasepsi", (("Pedoman disepakati", 1, "naskah", "partner"),)),
        "done_late": Promise("Pendataan dokter terlatih MKJP", (("Cabang yang mendata", 6, "cabang", "partner"),)),
        "ended": Promise("Klinik bergerak akhir pekan", (("Klinik", 10, "klinik", "partner"),), "low"),
    },
    ("Mengusulkan dokter pendamping untuk 17 kabupaten/kota", "Mengirim nama narahubung cabang", "Menyusun jadwal konsultasi dokter",
     "Melaporkan hasil pelatihan implan", "Menyepakati alur rujukan", "Mengirim data dokter terlatih", "Melengkapi sertifikat pelatihan",
     "Menyediakan alat pemasangan tambahan", "Menunjuk dokter pendamping di Lahat"),
    (("Konsultasi dokter keluarga", "reproduksi"), ("Pelatihan kader", "pendidikan"), ("Pemeriksaan ibu hamil", "cinta_kasih"),
     ("Pelayanan implan dan IUD", "reproduksi"), ("Penyuluhan gizi balita", "perlindungan"), ("Seminar remaja", "pendidikan")),
)  # fmt: skip

_OPD = Words(
    "opd.lahat", "opd_16.04", "Dinas PPKB Lahat", "opd", "opd_16.11", "16.04",
    {
        "late": Promise("Satu Kampung KB percontohan per kecamatan", (("Kecamatan dengan Kampung KB percontohan", 24, "kecamatan", "partner"),), "high", supporters=(("kodim_16.04", "Pendampingan Babinsa"), ("polres_16.04", "Penyuluhan"))),
        "returned": Promise("Pencocokan data pelayanan triwulan", (("Puskesmas yang cocok datanya", 33, "puskesmas", "opd"),)),
        "submitted": Promise("Pembinaan kelompok BKB, BKR, dan BKL", (("Kelompok dibina", 96, "kelompok", "partner"),)),
        "silent": Promise("Rumah DataKu di setiap Kampung KB", (("Rumah DataKu aktif", 50, "unit", "partner"),)),
        "running": Promise("Pelayanan MKJP bergerak", (("Peserta MKJP", 230, "orang", "opd"), ("Titik pelayanan", 24, "titik", "partner"))),
        "not_due": Promise("Peringatan Harganas tingkat kabupaten", (("Peserta", 1000, "orang", "partner"),)),
        "unreported": Promise("Pelatihan kader pendamping keluarga", (("Kader terlatih", 180, "orang", "partner"),)),
        "proposed_done": Promise("Penetapan Pokja Kampung KB", (("SK Pokja terbit", 24, "SK", "partner"),)),
        "done": Promise("Pemutakhiran profil Kampung KB", (("Profil diperbarui", 90, "profil", "partner"),)),
        "done_late": Promise("Rapat lokmin semua kecamatan", (("Lokmin terlaksana", 24, "lokmin", "partner"),)),
        "ended": Promise("Lomba Kampung KB tingkat kabupaten", (("Peserta lomba", 24, "Kampung KB", "partner"),), "low"),
    },
    ("Mengirim data pelayanan per metode", "Membentuk Pokja di enam desa", "Mencocokkan data dengan puskesmas", "Mengirim jadwal pelayanan bergerak",
     "Menerbitkan surat tugas PLKB", "Melaporkan hasil lokmin", "Melengkapi profil Kampung KB", "Menambah PLKB di dua kecamatan", "Membagi data keluarga berisiko stunting"),
    (("Pelayanan KB bergerak", "reproduksi"), ("Pembinaan UPPKA", "ekonomi"), ("Kelas BKB", "pendidikan"), ("Pertemuan BKR", "sosial_budaya"),
     ("Posyandu lansia", "cinta_kasih"), ("Pengajian keluarga", "agama")),
)  # fmt: skip

PARTNERS = (_TNI, _POLRI, _IDI, _OPD)
