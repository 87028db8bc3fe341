//! Words for the octets of a fingerprint, in both languages: things that a child can draw, each at least two letters away from every other.

use super::Language;

/// The word of an octet.
pub(super) fn word(octet: u8, language: Language) -> &'static str {
    let words = match language {
        Language::English => ENGLISH,
        Language::Greek => GREEK,
    };
    // 256 words, which a test counts.
    words.split(' ').nth(usize::from(octet)).unwrap_or_default()
}

const ENGLISH: &str = "acorn almond amber anchor angel apple arrow autumn avocado badge bagel bakery bamboo banana barrel basket beaver bicycle \
    biscuit blanket bottle branch bread bridge broom bubble bucket butter button cabin cactus camel camera candle canoe \
    canyon captain carpet carrot castle cello cherry chimney cinema circle clover cobweb coconut coffee comet compass copper \
    coral cotton cousin cradle cricket crown crystal cushion daisy dancer desert diamond dolphin donkey dragon drawer dream \
    drum eagle earth elbow emerald engine evening fabric falcon farmer feather fiddle finger flame flute forest fossil frost \
    galaxy garden garlic ghost giant giraffe glacier glove goblin granite grape guitar hammer harbor harvest hazel helmet \
    herring honey horizon hotel iceberg igloo insect island ivory jacket jasmine jelly jigsaw jungle kettle kidney kitchen \
    kitten ladder lagoon lamp lantern lemon leopard letter library lily lizard lobster locket lunch magnet mango maple \
    marble meadow melon mirror moon morning mosaic mustard napkin nectar needle night nutmeg oasis ocean olive onion opera \
    orange orchard otter oyster paddle palace pancake panda paper peanut pearl pebble pelican pencil penguin pepper piano \
    picnic pigeon pillow pilot pirate planet plum pony poppy potato prince pumpkin puppet puzzle pyramid quail quartz queen \
    quilt rabbit radio radish rainbow raven ribbon river robin robot sailor salmon sandal saturn school shadow silver sloth \
    snail snow soup sparrow spider spinach spoon statue stone storm sugar summer sunset swallow sweater teapot temple \
    theater thistle thunder ticket tiger toast tomato tractor trumpet tulip tunnel turtle twig unicorn valley velvet violin \
    waffle walnut walrus water whale wheel window winter wolf yellow yogurt zebra zipper";

const GREEK: &str = "άλογο άμμος άνεμος άνοιξη έρημος ήλιος αβγό αγελάδα αγκάθι αγρός αετός αλάτι αλεπού αμπέλι αμυγδαλιά αρκούδα αστέρι αυγή \
    αχλάδι βάζο βάρκα βανίλια βασιλιάς βασιλικός βελόνα βιβλίο βιολί βοσκός βουνό βράχος βροχή βρύση βύσσινο γάλα γάντι \
    γέφυρα γίγαντας γαρίφαλο γεράκι γιασεμί γιατρός γλάρος γλυκό γράμμα γραφείο δάσκαλος δάσος δέντρο δελφίνι διαμάντι \
    δράκος δρόμος δυόσμος δύση εικόνα ελάφι ελιά ζάχαρη ζέβρα ζυγαριά ζυμάρι θάλασσα θέατρο θησαυρός θρόνος ιππότης κάκτος \
    κάστανο κάστρο κήπος καζάνι καλάθι καμήλα καμπάνα κανάτα κανέλα καπέλο καράβι καραμέλα καρδιά καρπούζι καρότο κατσίκα \
    καφές κεράσι κερί κιθάρα κλειδί κολοκύθι κολύμπι κοράκι κοράλλι κορδέλα κορώνα κουβάς κουδούνι κουζίνα κουκούλα κουνέλι \
    κουπί κουρτίνα κουτάλι κρίνος κρεβάτι κρεμμύδι κύκνος κύμα λάδι λάμπα λίμνη λαγός λεβάντα λεμόνι λιοντάρι λουλούδι λύκος \
    μάρμαρο μέλι μέλισσα μήλο μαγνήτης μανιτάρι μαντήλι μαχαίρι μαϊμού μηχανή μολύβι μουσείο μπαλόνι μπαούλο μπουκάλι μπρίκι \
    μυρμήγκι μύλος ναύτης νερό νησί ντομάτα νύχτα ξίφος ξωκλήσι ολάνδρα ομίχλη ομπρέλα οροσειρά ορχιδέα ουρανός οχυρό πάπια \
    πέλαγος πέτρα πίνακας παγωτό παγόνι παλτό παπούτσι παράθυρο πατάτα πεύκο πηγάδι πιάνο πιπέρι πιρούνι πλάτανος πλανήτης \
    πλατεία πλοίο ποίημα ποδήλατο ποτάμι ποτήρι πούπουλο πρωινό πρόβατο πυξίδα πόλη πόρτα πύραυλος πύργος ρίγανη ρακέτα \
    ρολόι ρομπότ ρόδι σίδερο σαμάρι σανίδα σαπούνι σεντόνι σημαία σιτάρι σκάλα σκίουρος σκύλος σοκολάτα σολομός σπίρτο σπαθί \
    σπανάκι σπηλιά στάχυ στέγη στέμμα σταφύλι σφυρί σχολείο σύκο σύννεφο τάβλι τίγρη ταβέρνα ταξίδι τετράδιο τζάκι τηγάνι \
    τουλίπα τρένο τρίγωνο τραγούδι τραπέζι τρομπέτα τσάι τσάντα τυρί υπόγειο φάκελος φίδι φακή φακός φανάρι φασόλι φεγγάρι \
    φιστίκι φλόγα φούρνος φράουλα φρύδι φτερό φωλιά φύλλο χάρτης χαλί χειμώνας χελιδόνι χελώνα χιόνι χορός χρυσάφι χταπόδι \
    χωράφι ψαλίδι ψαράς ψωμί ωκεανός όνειρο ώμος";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_octet_has_a_word_of_its_own() {
        for (language, words) in [(Language::English, ENGLISH), (Language::Greek, GREEK)] {
            assert_eq!(words.split(' ').count(), 256);
            let all: BTreeSet<_> = (0..=255).map(|octet| word(octet, language)).collect();
            assert_eq!(all.len(), 256);
            for word in all {
                assert!((4..=10).contains(&word.chars().count()), "{word}");
                assert!(word.chars().all(char::is_lowercase), "{word}");
            }
        }
    }

    #[test]
    fn no_word_is_a_slip_of_another() {
        for words in [ENGLISH, GREEK] {
            let words: Vec<Vec<char>> = words.split(' ').map(|w| w.chars().collect()).collect();
            for (at, one) in words.iter().enumerate() {
                for other in words.iter().skip(at + 1) {
                    assert!(!within_one(one, other), "{one:?} {other:?}");
                }
            }
        }
    }

    /// Whether one letter changed, left out or added makes the one from the other.
    fn within_one(one: &[char], other: &[char]) -> bool {
        let (short, long) = if one.len() <= other.len() {
            (one, other)
        } else {
            (other, one)
        };
        let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
        match long.len() - short.len() {
            0 => short[same..].get(1..) == long[same..].get(1..),
            1 => short[same..] == long[same + 1..],
            _ => false,
        }
    }
}
