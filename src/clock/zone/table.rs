//! Every zone's name and the rule that it goes by now: a line a rule, `RULE NAME NAME ...`, rules as POSIX writes them (IEEE 1003.1 "TZ").
//!
//! The card has no time zone database, and a mail box needs none: it shows times of now and of the near past. **Current rules only**: a
//! time before a country last changed its rule is shown by today's. Morocco's pause of summer time in Ramadan, which is a list of dates, is missing.
//!
//! Made from tzdata 2025b. To make it anew: of each file under /usr/share/zoneinfo (without `posix`, `right`, `Factory`, `localtime`, `posixrules`) take the last line, which is the
//! rule (RFC 9636 §3.3), and group the names by it; the names of `zone.tab`, and UTC, go into [`PLACES`], the others into [`ALIASES`].

/// The places that people choose from.
pub(super) const PLACES: &str = "\
GMT0 Africa/Abidjan Africa/Accra Africa/Bamako Africa/Banjul Africa/Bissau Africa/Conakry Africa/Dakar Africa/Freetown Africa/Lome Africa/Monrovia \
    Africa/Nouakchott Africa/Ouagadougou Africa/Sao_Tome America/Danmarkshavn Atlantic/Reykjavik Atlantic/St_Helena\n\
EAT-3 Africa/Addis_Ababa Africa/Asmara Africa/Dar_es_Salaam Africa/Djibouti Africa/Kampala Africa/Mogadishu Africa/Nairobi Indian/Antananarivo \
    Indian/Comoro Indian/Mayotte\n\
CET-1 Africa/Algiers Africa/Tunis\n\
WAT-1 Africa/Bangui Africa/Brazzaville Africa/Douala Africa/Kinshasa Africa/Lagos Africa/Libreville Africa/Luanda Africa/Malabo Africa/Ndjamena \
    Africa/Niamey Africa/Porto-Novo\n\
CAT-2 Africa/Blantyre Africa/Bujumbura Africa/Gaborone Africa/Harare Africa/Juba Africa/Khartoum Africa/Kigali Africa/Lubumbashi Africa/Lusaka \
    Africa/Maputo Africa/Windhoek\n\
EET-2EEST,M4.5.5/0,M10.5.4/24 Africa/Cairo\n\
<+01>-1 Africa/Casablanca Africa/El_Aaiun\n\
CET-1CEST,M3.5.0,M10.5.0/3 Africa/Ceuta Arctic/Longyearbyen Europe/Amsterdam Europe/Andorra Europe/Belgrade Europe/Berlin Europe/Bratislava \
    Europe/Brussels Europe/Budapest Europe/Busingen Europe/Copenhagen Europe/Gibraltar Europe/Ljubljana Europe/Luxembourg Europe/Madrid Europe/Malta \
    Europe/Monaco Europe/Oslo Europe/Paris Europe/Podgorica Europe/Prague Europe/Rome Europe/San_Marino Europe/Sarajevo Europe/Skopje Europe/Stockholm \
    Europe/Tirane Europe/Vaduz Europe/Vatican Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich\n\
SAST-2 Africa/Johannesburg Africa/Maseru Africa/Mbabane\n\
EET-2 Africa/Tripoli Europe/Kaliningrad\n\
HST10HDT,M3.2.0,M11.1.0 America/Adak\n\
AKST9AKDT,M3.2.0,M11.1.0 America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat\n\
AST4 America/Anguilla America/Antigua America/Aruba America/Barbados America/Blanc-Sablon America/Curacao America/Dominica America/Grenada \
    America/Guadeloupe America/Kralendijk America/Lower_Princes America/Marigot America/Martinique America/Montserrat America/Port_of_Spain \
    America/Puerto_Rico America/Santo_Domingo America/St_Barthelemy America/St_Kitts America/St_Lucia America/St_Thomas America/St_Vincent \
    America/Tortola\n\
<-03>3 America/Araguaina America/Argentina/Buenos_Aires America/Argentina/Catamarca America/Argentina/Cordoba America/Argentina/Jujuy \
    America/Argentina/La_Rioja America/Argentina/Mendoza America/Argentina/Rio_Gallegos America/Argentina/Salta America/Argentina/San_Juan \
    America/Argentina/San_Luis America/Argentina/Tucuman America/Argentina/Ushuaia America/Asuncion America/Bahia America/Belem America/Cayenne \
    America/Coyhaique America/Fortaleza America/Maceio America/Montevideo America/Paramaribo America/Punta_Arenas America/Recife America/Santarem \
    America/Sao_Paulo Antarctica/Palmer Antarctica/Rothera Atlantic/Stanley\n\
EST5 America/Atikokan America/Cancun America/Cayman America/Jamaica America/Panama\n\
CST6 America/Bahia_Banderas America/Belize America/Chihuahua America/Costa_Rica America/El_Salvador America/Guatemala America/Managua America/Merida \
    America/Mexico_City America/Monterrey America/Regina America/Swift_Current America/Tegucigalpa\n\
<-04>4 America/Boa_Vista America/Campo_Grande America/Caracas America/Cuiaba America/Guyana America/La_Paz America/Manaus America/Porto_Velho\n\
<-05>5 America/Bogota America/Eirunepe America/Guayaquil America/Lima America/Rio_Branco\n\
MST7MDT,M3.2.0,M11.1.0 America/Boise America/Cambridge_Bay America/Ciudad_Juarez America/Denver America/Edmonton America/Inuvik\n\
CST6CDT,M3.2.0,M11.1.0 America/Chicago America/Indiana/Knox America/Indiana/Tell_City America/Matamoros America/Menominee America/North_Dakota/Beulah \
    America/North_Dakota/Center America/North_Dakota/New_Salem America/Ojinaga America/Rankin_Inlet America/Resolute America/Winnipeg\n\
MST7 America/Creston America/Dawson America/Dawson_Creek America/Fort_Nelson America/Hermosillo America/Mazatlan America/Phoenix America/Whitehorse\n\
EST5EDT,M3.2.0,M11.1.0 America/Detroit America/Grand_Turk America/Indiana/Indianapolis America/Indiana/Marengo America/Indiana/Petersburg \
    America/Indiana/Vevay America/Indiana/Vincennes America/Indiana/Winamac America/Iqaluit America/Kentucky/Louisville America/Kentucky/Monticello \
    America/Nassau America/New_York America/Port-au-Prince America/Toronto\n\
AST4ADT,M3.2.0,M11.1.0 America/Glace_Bay America/Goose_Bay America/Halifax America/Moncton America/Thule Atlantic/Bermuda\n\
CST5CDT,M3.2.0/0,M11.1.0/1 America/Havana\n\
PST8PDT,M3.2.0,M11.1.0 America/Los_Angeles America/Tijuana America/Vancouver\n\
<-03>3<-02>,M3.2.0,M11.1.0 America/Miquelon\n\
<-02>2 America/Noronha Atlantic/South_Georgia\n\
<-02>2<-01>,M3.5.0/-1,M10.5.0/0 America/Nuuk America/Scoresbysund\n\
<-04>4<-03>,M9.1.6/24,M4.1.6/24 America/Santiago\n\
NST3:30NDT,M3.2.0,M11.1.0 America/St_Johns\n\
<+08>-8 Antarctica/Casey Asia/Brunei Asia/Irkutsk Asia/Kuala_Lumpur Asia/Kuching Asia/Singapore Asia/Ulaanbaatar\n\
<+07>-7 Antarctica/Davis Asia/Bangkok Asia/Barnaul Asia/Ho_Chi_Minh Asia/Hovd Asia/Krasnoyarsk Asia/Novokuznetsk Asia/Novosibirsk Asia/Phnom_Penh \
    Asia/Tomsk Asia/Vientiane Indian/Christmas\n\
<+10>-10 Antarctica/DumontDUrville Asia/Ust-Nera Asia/Vladivostok Pacific/Chuuk Pacific/Port_Moresby\n\
AEST-10AEDT,M10.1.0,M4.1.0/3 Antarctica/Macquarie Australia/Hobart Australia/Melbourne Australia/Sydney\n\
<+05>-5 Antarctica/Mawson Antarctica/Vostok Asia/Almaty Asia/Aqtau Asia/Aqtobe Asia/Ashgabat Asia/Atyrau Asia/Dushanbe Asia/Oral Asia/Qostanay \
    Asia/Qyzylorda Asia/Samarkand Asia/Tashkent Asia/Yekaterinburg Indian/Kerguelen Indian/Maldives\n\
NZST-12NZDT,M9.5.0,M4.1.0/3 Antarctica/McMurdo Pacific/Auckland\n\
<+03>-3 Antarctica/Syowa Asia/Aden Asia/Amman Asia/Baghdad Asia/Bahrain Asia/Damascus Asia/Kuwait Asia/Qatar Asia/Riyadh Europe/Istanbul Europe/Minsk\n\
<+00>0<+02>-2,M3.5.0/1,M10.5.0/3 Antarctica/Troll\n\
<+12>-12 Asia/Anadyr Asia/Kamchatka Pacific/Fiji Pacific/Funafuti Pacific/Kwajalein Pacific/Majuro Pacific/Nauru Pacific/Tarawa Pacific/Wake \
    Pacific/Wallis\n\
<+04>-4 Asia/Baku Asia/Dubai Asia/Muscat Asia/Tbilisi Asia/Yerevan Europe/Astrakhan Europe/Samara Europe/Saratov Europe/Ulyanovsk Indian/Mahe \
    Indian/Mauritius Indian/Reunion\n\
EET-2EEST,M3.5.0/0,M10.5.0/0 Asia/Beirut\n\
<+06>-6 Asia/Bishkek Asia/Dhaka Asia/Omsk Asia/Thimphu Asia/Urumqi Indian/Chagos\n\
<+09>-9 Asia/Chita Asia/Dili Asia/Khandyga Asia/Yakutsk Pacific/Palau\n\
<+0530>-5:30 Asia/Colombo\n\
EET-2EEST,M3.5.0/3,M10.5.0/4 Asia/Famagusta Asia/Nicosia Europe/Athens Europe/Bucharest Europe/Helsinki Europe/Kyiv Europe/Mariehamn Europe/Riga \
    Europe/Sofia Europe/Tallinn Europe/Vilnius\n\
EET-2EEST,M3.4.4/50,M10.4.4/50 Asia/Gaza Asia/Hebron\n\
HKT-8 Asia/Hong_Kong\n\
WIB-7 Asia/Jakarta Asia/Pontianak\n\
WIT-9 Asia/Jayapura\n\
IST-2IDT,M3.4.4/26,M10.5.0 Asia/Jerusalem\n\
<+0430>-4:30 Asia/Kabul\n\
PKT-5 Asia/Karachi\n\
<+0545>-5:45 Asia/Kathmandu\n\
IST-5:30 Asia/Kolkata\n\
CST-8 Asia/Macau Asia/Shanghai Asia/Taipei\n\
<+11>-11 Asia/Magadan Asia/Sakhalin Asia/Srednekolymsk Pacific/Bougainville Pacific/Efate Pacific/Guadalcanal Pacific/Kosrae Pacific/Noumea \
    Pacific/Pohnpei\n\
WITA-8 Asia/Makassar\n\
PST-8 Asia/Manila\n\
KST-9 Asia/Pyongyang Asia/Seoul\n\
<+0330>-3:30 Asia/Tehran\n\
JST-9 Asia/Tokyo\n\
<+0630>-6:30 Asia/Yangon Indian/Cocos\n\
<-01>1<+00>,M3.5.0/0,M10.5.0/1 Atlantic/Azores\n\
WET0WEST,M3.5.0/1,M10.5.0 Atlantic/Canary Atlantic/Faroe Atlantic/Madeira Europe/Lisbon\n\
<-01>1 Atlantic/Cape_Verde\n\
ACST-9:30ACDT,M10.1.0,M4.1.0/3 Australia/Adelaide Australia/Broken_Hill\n\
AEST-10 Australia/Brisbane Australia/Lindeman\n\
ACST-9:30 Australia/Darwin\n\
<+0845>-8:45 Australia/Eucla\n\
<+1030>-10:30<+11>-11,M10.1.0,M4.1.0 Australia/Lord_Howe\n\
AWST-8 Australia/Perth\n\
EET-2EEST,M3.5.0,M10.5.0/3 Europe/Chisinau\n\
IST-1GMT0,M10.5.0,M3.5.0/1 Europe/Dublin\n\
GMT0BST,M3.5.0/1,M10.5.0 Europe/Guernsey Europe/Isle_of_Man Europe/Jersey Europe/London\n\
MSK-3 Europe/Kirov Europe/Moscow Europe/Simferopol Europe/Volgograd\n\
<+13>-13 Pacific/Apia Pacific/Fakaofo Pacific/Kanton Pacific/Tongatapu\n\
<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45 Pacific/Chatham\n\
<-06>6<-05>,M9.1.6/22,M4.1.6/22 Pacific/Easter\n\
<-06>6 Pacific/Galapagos\n\
<-09>9 Pacific/Gambier\n\
ChST-10 Pacific/Guam Pacific/Saipan\n\
HST10 Pacific/Honolulu\n\
<+14>-14 Pacific/Kiritimati\n\
<-0930>9:30 Pacific/Marquesas\n\
SST11 Pacific/Midway Pacific/Pago_Pago\n\
<-11>11 Pacific/Niue\n\
<+11>-11<+12>,M10.1.0,M4.1.0/3 Pacific/Norfolk\n\
<-08>8 Pacific/Pitcairn\n\
<-10>10 Pacific/Rarotonga Pacific/Tahiti\n\
UTC0 UTC\n\
";

/// Other names that programs know for them, and zones without a place.
pub(super) const ALIASES: &str = "\
EAT-3 Africa/Asmera\n\
GMT0 Africa/Timbuktu Etc/GMT Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich GMT GMT+0 GMT-0 GMT0 Greenwich Iceland\n\
<-03>3 America/Argentina/ComodRivadavia America/Buenos_Aires America/Catamarca America/Cordoba America/Jujuy America/Mendoza America/Rosario \
    Brazil/East Etc/GMT+3\n\
HST10HDT,M3.2.0,M11.1.0 America/Atka US/Aleutian\n\
EST5 America/Coral_Harbour EST Jamaica\n\
PST8PDT,M3.2.0,M11.1.0 America/Ensenada America/Santa_Isabel Canada/Pacific Mexico/BajaNorte PST8PDT US/Pacific\n\
EST5EDT,M3.2.0,M11.1.0 America/Fort_Wayne America/Indianapolis America/Louisville America/Montreal America/Nipigon America/Pangnirtung \
    America/Thunder_Bay Canada/Eastern EST5EDT US/East-Indiana US/Eastern US/Michigan\n\
<-02>2<-01>,M3.5.0/-1,M10.5.0/0 America/Godthab\n\
CST6CDT,M3.2.0,M11.1.0 America/Knox_IN America/Rainy_River CST6CDT Canada/Central US/Central US/Indiana-Starke\n\
<-05>5 America/Porto_Acre Brazil/Acre Etc/GMT+5\n\
MST7MDT,M3.2.0,M11.1.0 America/Shiprock America/Yellowknife Canada/Mountain MST7MDT Navajo US/Mountain\n\
AST4 America/Virgin\n\
NZST-12NZDT,M9.5.0,M4.1.0/3 Antarctica/South_Pole NZ\n\
<+05>-5 Asia/Ashkhabad Etc/GMT-5\n\
IST-5:30 Asia/Calcutta\n\
<+08>-8 Asia/Choibalsan Asia/Ulan_Bator Etc/GMT-8 Singapore\n\
CST-8 Asia/Chongqing Asia/Chungking Asia/Harbin Asia/Macao PRC ROC\n\
<+06>-6 Asia/Dacca Asia/Kashgar Asia/Thimbu Etc/GMT-6\n\
<+03>-3 Asia/Istanbul Etc/GMT-3 Turkey\n\
<+0545>-5:45 Asia/Katmandu\n\
<+0630>-6:30 Asia/Rangoon\n\
<+07>-7 Asia/Saigon Etc/GMT-7\n\
IST-2IDT,M3.4.4/26,M10.5.0 Asia/Tel_Aviv Israel\n\
WITA-8 Asia/Ujung_Pandang\n\
WET0WEST,M3.5.0/1,M10.5.0 Atlantic/Faeroe Portugal WET\n\
CET-1CEST,M3.5.0,M10.5.0/3 Atlantic/Jan_Mayen CET Poland\n\
AEST-10AEDT,M10.1.0,M4.1.0/3 Australia/ACT Australia/Canberra Australia/Currie Australia/NSW Australia/Tasmania Australia/Victoria\n\
<+1030>-10:30<+11>-11,M10.1.0,M4.1.0 Australia/LHI\n\
ACST-9:30 Australia/North\n\
AEST-10 Australia/Queensland\n\
ACST-9:30ACDT,M10.1.0,M4.1.0/3 Australia/South Australia/Yancowinna\n\
AWST-8 Australia/West\n\
<-02>2 Brazil/DeNoronha Etc/GMT+2\n\
<-04>4 Brazil/West Etc/GMT+4\n\
AST4ADT,M3.2.0,M11.1.0 Canada/Atlantic\n\
NST3:30NDT,M3.2.0,M11.1.0 Canada/Newfoundland\n\
CST6 Canada/Saskatchewan Mexico/General\n\
MST7 Canada/Yukon MST Mexico/BajaSur US/Arizona\n\
<-04>4<-03>,M9.1.6/24,M4.1.6/24 Chile/Continental\n\
<-06>6<-05>,M9.1.6/22,M4.1.6/22 Chile/EasterIsland\n\
CST5CDT,M3.2.0/0,M11.1.0/1 Cuba\n\
EET-2EEST,M3.5.0/3,M10.5.0/4 EET Europe/Kiev Europe/Nicosia Europe/Uzhgorod Europe/Zaporozhye\n\
EET-2EEST,M4.5.5/0,M10.5.4/24 Egypt\n\
IST-1GMT0,M10.5.0,M3.5.0/1 Eire\n\
<-01>1 Etc/GMT+1\n\
<-10>10 Etc/GMT+10\n\
<-11>11 Etc/GMT+11\n\
<-12>12 Etc/GMT+12\n\
<-06>6 Etc/GMT+6\n\
<-07>7 Etc/GMT+7\n\
<-08>8 Etc/GMT+8\n\
<-09>9 Etc/GMT+9\n\
<+01>-1 Etc/GMT-1\n\
<+10>-10 Etc/GMT-10 Pacific/Truk Pacific/Yap\n\
<+11>-11 Etc/GMT-11 Pacific/Ponape\n\
<+12>-12 Etc/GMT-12 Kwajalein\n\
<+13>-13 Etc/GMT-13 Pacific/Enderbury\n\
<+14>-14 Etc/GMT-14\n\
<+02>-2 Etc/GMT-2\n\
<+04>-4 Etc/GMT-4\n\
<+09>-9 Etc/GMT-9\n\
UTC0 Etc/UCT Etc/UTC Etc/Universal Etc/Zulu UCT Universal Zulu\n\
GMT0BST,M3.5.0/1,M10.5.0 Europe/Belfast GB GB-Eire\n\
EET-2EEST,M3.5.0,M10.5.0/3 Europe/Tiraspol\n\
HST10 HST Pacific/Johnston US/Hawaii\n\
HKT-8 Hongkong\n\
<+0330>-3:30 Iran\n\
JST-9 Japan\n\
EET-2 Libya\n\
MET-1MEST,M3.5.0,M10.5.0/3 MET\n\
<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45 NZ-CHAT\n\
SST11 Pacific/Samoa US/Samoa\n\
KST-9 ROK\n\
AKST9AKDT,M3.2.0,M11.1.0 US/Alaska\n\
MSK-3 W-SU\n\
";
